// The button on /preferences/ that turns push on in this browser; without script it is not shown.
const button = document.querySelector("[data-push-key]");

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const tell = (verb, subscription) =>
  fetch(button.dataset.pushUrl, {
    method: verb,
    headers: { "Content-Type": "application/json", "X-CSRFToken": button.dataset.csrf },
    body: JSON.stringify(subscription),
  });

const show = (subscription) => {
  button.textContent = subscription ? "Turn push off in this browser" : "Turn push on in this browser";
  button.hidden = false;
};

const toggle = async (registration) => {
  const before = await registration.pushManager.getSubscription();
  if (before) {
    await tell("DELETE", before);
    await before.unsubscribe();
    return null;
  }
  const key = bytes(button.dataset.pushKey);
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const answer = await tell("PUT", made);
  if (!answer.ok) await made.unsubscribe();
  return answer.ok ? made : null;
};

if (button && "serviceWorker" in navigator && "PushManager" in window) {
  const registration = await navigator.serviceWorker.register("/push-worker.js");
  show(await registration.pushManager.getSubscription());
  button.addEventListener("click", async () => {
    try {
      show(await toggle(await navigator.serviceWorker.ready));
    } catch {
      button.textContent = "This browser does not allow it";
    }
  });
}
