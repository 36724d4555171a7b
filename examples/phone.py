"""A phone's way through the StudioMode API, in the standard library alone.

    python examples/phone.py http://127.0.0.1:8000 demo

It signs in, reads the recap, hits ♡ on a beat, goes offline, keeps what is hit there, sends it once
it is online again, and reads its notices. PASSWORD in the environment saves typing it.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from email.message import Message
from getpass import getpass
from typing import Any, NamedTuple

PATIENCE = 3  # tries of what the server asks to try again
TRY_AGAIN = (429, 503)


class Problem(Exception):
    """What the API refused, in its own words."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.status, self.type = problem["status"], problem["type"]
        self.errors = {error["pointer"]: error["detail"] for error in problem["errors"]}


class Offline(Exception):
    """There is no network, or nobody at its other end."""


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Phone:
    """What an app keeps: a token, what it has read, and what it has yet to send."""

    def __init__(self, site: str) -> None:
        self.api = f"{site.rstrip('/')}/api/v1/"
        self.token: str | None = None
        self.is_online = True
        self.read: dict[str, tuple[str, Any]] = {}  # path → its ETag and what it said
        self.unsent: dict[str, str] = {}  # path → the last verb that was wanted of it

    def sign_in(self, login: str, password: str, device: str) -> None:
        asked = {"login": login, "password": password, "device": device}
        self.token = self.send("POST", "tokens/", asked)["token"]

    def sign_out(self) -> None:
        self.send("DELETE", "tokens/current/")
        self.token = None

    def get(self, path: str) -> Any:
        """What stands there. Unchanged it costs neither quota nor data; offline it is as it was."""
        etag, known = self.read.get(path, ("", None))
        try:
            answer = self.ask("GET", path, headers={"If-None-Match": etag} if etag else {})
        except Offline:
            if known is None:
                raise
            return known
        if answer.status == 304:
            return known
        self.read[path] = answer.headers["ETag"], answer.json
        return self.read[path][1]

    def pages(self, path: str) -> Any:
        """Every row of a list, page after page."""
        while path:
            page = self.get(path)
            yield from page["results"]
            path = (page["next"] or "").partition("/api/v1/")[2]

    def save(self, slug: str) -> Any:
        """♡. Its answer says where the beat stands now; None while it waits for a network."""
        return self.want("PUT", f"beats/{slug}/save/")

    def unsave(self, slug: str) -> Any:
        return self.want("DELETE", f"beats/{slug}/save/")

    def want(self, verb: str, path: str) -> Any:
        """Both verbs may be repeated freely, so of many only the last has to be sent."""
        self.unsent.pop(path, None)
        self.unsent[path] = verb
        return self.replay().get(path)

    def replay(self) -> dict[str, Any]:
        """Send what is unsent, in order; what was answered, by path. Raises Problem."""
        answers = {}
        for path, verb in list(self.unsent.items()):
            try:
                answers[path] = self.send(verb, path)
            except Offline:
                break
            except Problem as problem:
                if problem.status in TRY_AGAIN:
                    break
                del self.unsent[path]  # it will never be done: a beat was taken down, say
                raise
            del self.unsent[path]
        return answers

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        return self.ask(verb, path, body).json

    def ask(self, verb: str, path: str, body: Any = None, headers: Any = None) -> Answer:
        """The answer. Waits where the server asks for it. Raises Problem or Offline."""
        for _ in range(PATIENCE):
            answer = self.answer(verb, path, body, headers or {})
            if answer.status not in TRY_AGAIN:
                break
            time.sleep(int(answer.headers.get("Retry-After", 1)))
        if answer.status >= 400:
            raise Problem(answer.json)
        return answer

    def answer(self, verb: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        if not self.is_online:
            raise Offline("The phone is in a tunnel.")
        request = urllib.request.Request(self.api + path, method=verb, headers=headers)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with opened(request) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except OSError as error:
            raise Offline(str(error)) from error


def opened(request: urllib.request.Request) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:  # an answer too: 304 and every problem
        return error


def walk(phone: Phone, login: str, password: str) -> None:
    phone.sign_in(login, password, "An example's phone")
    recap = phone.get("recap/")
    for name, board in recap.items():
        first = board["results"][:1]
        print(f"{name:>10}: {first[0]['name'] if first else 'nobody yet'}")
    slug = next(phone.pages("beats/?limit=5"))["slug"]
    print(f"♡ {slug}: {told(phone.save(slug))}")

    phone.is_online = False
    print(f"Offline. un-♡ and ♡ again are kept: {phone.unsave(slug)}, {phone.save(slug)}")
    print(f"The recap as it was: {len(phone.get('recap/'))} boards")

    phone.is_online = True
    for path, answer in phone.replay().items():
        print(f"Online. {path} sent: {told(answer)}")
    vault = [row["slug"] for row in phone.pages("me/vault/")]
    print(f"{len(vault)} beats in the vault, {vault[0]} on top")
    print(f"{sum(1 for _ in phone.pages('me/notices/?limit=100'))} notices")
    phone.sign_out()


def told(answer: dict[str, Any]) -> str:
    place = answer["place"]
    return f"#{place['rank']} with {place['saves']} saves, {place['gap'] or 0} behind the next"


def main(site: str, login: str) -> int:
    try:
        walk(Phone(site), login, os.environ.get("PASSWORD") or getpass(f"Password of {login}: "))
    except (Problem, Offline) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python examples/phone.py https://studiomode.example NAME")
    sys.exit(main(*sys.argv[1:]))
