// The cards of benchmarks/cards.py, drawn with satori and resvg-js: one JSON object a line.
// The first names the fonts and the pictures of emoji; each other gives a card and its words,
// and is answered with the milliseconds from words to PNG and the PNG's length.

import { readFileSync, writeFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { Resvg } from "@resvg/resvg-js"
import satori from "satori"

const SIZE = { width: 1200, height: 630 }
const INK = "#120c14"
const BASELINE = 0.864 // of a line one em high, in Inter
const LAMPS = 36
const LAMP = 0.68 // of a lamp and the dark beside it

const element = (type, style, children, attributes = {}) => ({
  type,
  props: { style, children, ...attributes },
})
const box = (style, ...children) => element("div", { display: "flex", ...style }, children)
const at = (left, top) => ({ position: "absolute", left, top })

const letters = (size, bold, fill) => ({
  fontFamily: bold ? "Inter Display, CJK" : "Inter, CJK",
  fontWeight: bold ? 700 : 400,
  fontSize: size,
  color: fill,
})

function line(x, y, words, { size, bold = false, fill, end = false, within = SIZE.width }) {
  const side = end ? { right: within - x } : { left: x }
  const place = { position: "absolute", ...side, top: y - BASELINE * size, lineHeight: 1 }
  return box({ ...place, ...letters(size, bold, fill), whiteSpace: "nowrap" }, words)
}

function headline(x, y, words, width, size) {
  const place = { ...at(x, y - size * 1.06), width, height: size * 2.12, lineHeight: 1.06 }
  return box({ ...place, ...letters(size, true, INK), alignItems: "center" }, words)
}

function shapes(x, y, width, height, paths) {
  const children = paths.map(([fill, d]) => element("path", {}, undefined, { fill, d }))
  const viewBox = `0 0 ${width} ${height}`
  return element("svg", at(x, y), children, { width, height, viewBox })
}

function meter(x, y, width, height, value, most, lit, unlit) {
  const burning = value ? Math.max(Math.round((LAMPS * value) / most), 1) : 0
  const pitch = width / LAMPS
  const lamp = (_, i) => `M${i * pitch} 0h${pitch * LAMP}v${height}h-${pitch * LAMP}z`
  const lamps = Array.from({ length: LAMPS }, lamp)
  const parts = [[lit, lamps.slice(0, burning)], [unlit, lamps.slice(burning)]]
  return shapes(x, y, width, height, parts.map(([fill, paths]) => [fill, paths.join("")]))
}

const counted = (number) => `${number.toLocaleString("en")} save${number === 1 ? "" : "s"}`

function movement(change) {
  if (change === null) return "new"
  if (change === 0) return "no change"
  return change > 0 ? `▲ ${change}` : `▼ ${-change}`
}

function sleeve(words, width, height, ...picture) {
  const gradient = "linear-gradient(to bottom right, #ffc445, #ff7a3d 55%, #ff5277)"
  const logo = "M0 12h6v22h-6zM10 0h6v46h-6zM20 6h6v34h-6zM30 18h6v10h-6z"
  const instants = `${words.window_start} – ${words.window_end}`
  return box(
    { ...SIZE, backgroundColor: INK },
    box({ ...at(0, 0), width, height, backgroundImage: gradient }),
    ...picture,
    shapes(64, 560, 36, 46, [["#ff7a3d", logo]]),
    line(114, 592, "StudioMode", { size: 28, bold: true, fill: "#fff4e6" }),
    line(290, 592, words.site, { size: 22, fill: "#bfaeb0" }),
    line(1136, 578, words.window_label, { size: 24, bold: true, fill: "#fff4e6", end: true }),
    line(1136, 606, instants, { size: 19, fill: "#bfaeb0", end: true }),
  )
}

function board(words) {
  const [first, ...rest] = words.entries
  const ink = { bold: true, fill: INK }
  return sleeve(
    words, 700, 528,
    line(64, 92, words.title, { size: 34, ...ink }),
    line(636, 92, `#${first.rank}`, { size: 34, end: true, ...ink }),
    headline(64, 236, first.name, 572, 112),
    line(64, 420, counted(first.saves), { size: 50, ...ink }),
    line(636, 420, movement(first.change), { size: 34, end: true, ...ink }),
    line(64, 458, `${first.share.toFixed(1)} % of all saves`, { size: 26, fill: INK }),
    meter(64, 478, 580, 26, first.saves, first.saves, INK, "#e0683f"),
    ...rest.map((entry, i) => other(entry, 112 * i, first.saves)),
  )
}

function other(entry, top, most) {
  const quiet = { size: 22, fill: "#d8c9c8" }
  return box(
    { ...at(748, top), width: 388, height: 140 },
    line(0, 96, `${entry.rank}`, { size: 40, bold: true, fill: "#ff9a4a" }),
    line(64, 84, entry.name, { size: 34, bold: true, fill: "#fff4e6" }),
    line(64, 113, counted(entry.saves), quiet),
    line(388, 113, movement(entry.change), { ...quiet, end: true, within: 388 }),
    meter(64, 124, 328, 10, entry.saves, most, "#ff7a3d", "#352a36"),
  )
}

function recap(words) {
  const corners = [[64, 148], [632, 148], [64, 338], [632, 338]]
  return sleeve(
    words, 1200, 148,
    line(64, 100, words.title, { size: 68, bold: true, fill: INK }),
    shapes(806, 32, 330, 92, [[INK, words.boards.map(bars).join("")]]),
    ...words.boards.map((board, i) => quarter(board, corners[i])),
  )
}

function bars({ entries }, i) {
  const level = (entry) => Math.round((92 * entry.saves) / entries[0].saves)
  const bar = (entry, j) => `M${84 * i + 22 * j} 92v-${level(entry)}h14v${level(entry)}z`
  return entries.map(bar).join("")
}

function quarter({ lens, entries }, [left, top]) {
  const amount = (entry) => lens.tells_movement ? movement(entry.change) : counted(entry.saves)
  const [first, ...rest] = entries
  const end = { end: true, within: 504 }
  return box(
    { ...at(left, top), width: 504, height: 180 },
    line(0, 44, lens.title, { size: 24, bold: true, fill: "#ff9a4a" }),
    line(0, 95, first.name, { size: 46, bold: true, fill: "#fff4e6" }),
    line(504, 95, amount(first), { size: 26, bold: true, fill: "#fff4e6", ...end }),
    ...rest.flatMap((entry, i) => [
      line(0, 132 + 34 * i, `${entry.rank}`, { size: 24, bold: true, fill: "#ff9a4a" }),
      line(36, 132 + 34 * i, entry.name, { size: 24, fill: "#e6d8d4" }),
      line(504, 132 + 34 * i, amount(entry), { size: 22, fill: "#bfaeb0", ...end }),
    ]),
  )
}

const CARDS = { board, "weekly-recap": recap }

async function png({ card, words }, options) {
  const svg = await satori(CARDS[card](words), options)
  return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng()
}

let options
for await (const asked of createInterface({ input: process.stdin })) {
  const question = JSON.parse(asked)
  if (!options) {
    const fonts = question.fonts.map((font) => ({ ...font, data: readFileSync(font.path) }))
    options = { ...SIZE, fonts, graphemeImages: question.emoji }
    continue
  }
  const began = performance.now()
  const picture = await png(question, options)
  const milliseconds = performance.now() - began
  if (question.picture) writeFileSync(question.picture, picture)
  console.log(JSON.stringify({ milliseconds, length: picture.length }))
}
