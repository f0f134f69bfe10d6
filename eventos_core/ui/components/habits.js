// Habits of the hand, for the whole app: Ctrl+K or Cmd+K searches, Ctrl+click on a link opens a tab, and an impatient hand
// presses a button once.
const TWICE_MS = 500
const LOST_MS = 10000
const APP = '[data-testid="stApp"]'
const BUTTON = ["primary", "secondary", "tertiary"].map((kind) => `[data-testid^="stBaseButton-${kind}"]`).join()
const PRESSES_ONCE = '[data-testid^="stBaseButton-primary"], [data-testid$="FormSubmit"]'
const TYPED = 'input:not([role="combobox"])'

// The server answers a repeated request with the first one's result. But a drawer's button that is pressed once more
// while the page already turns to another one asks for a part of the old page, and Streamlit empties the new one.
// So from a press until its answer has been drawn, the drawer, form or button that it came from takes no other; but a
// button that the answer itself has drawn is pressed on purpose, also while the rest of the page is still on its way.
let press = null

const buttonsIn = (scope) => new Map([...scope.querySelectorAll(BUTTON)].map((one) => [one, one.textContent]))

function begin(button, scope) {
  end()
  const app = document.querySelector(APP)
  const made = { button, scope, shown: buttonsIn(scope), at: performance.now(), started: false, restingSince: Infinity }
  made.watch = new MutationObserver(() => {
    const running = app.dataset.testScriptState === "running"
    made.started ||= running
    made.restingSince = made.started && !running ? performance.now() : Infinity
  })
  if (app) made.watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })
  press = made
}

function end() {
  press?.watch.disconnect()
  press = null
}

function repeats(button, scope) {
  if (!press) return false
  const now = performance.now()
  if (button === press.button && button.matches(PRESSES_ONCE) && now - press.at < TWICE_MS) return true
  // By its words: the page may give the very element that was pressed to another button.
  const drawnSince = press.shown.get(button) !== button.textContent
  if (drawnSince && now - press.at > TWICE_MS) return false
  // A run that turns to another page rests for a moment before the page's own run begins.
  const answered = now - press.restingSince > TWICE_MS
  return scope === press.scope && !answered && (press.started || now - press.at < LOST_MS)
}

function onPress(event) {
  const target = event.target instanceof Element ? event.target : null
  const dialog = target?.closest('[role="dialog"]')
  const form = target?.closest('[data-testid="stForm"]')
  let button = target?.closest(BUTTON)
  if (event.type === "keydown") {
    // Enter in a field presses its form's button.
    if (event.key !== "Enter" || !form || !target.matches(TYPED)) return
    button = form.querySelector(PRESSES_ONCE)
  }
  if (!button || !(dialog || button.matches(PRESSES_ONCE))) return
  const scope = dialog ?? form ?? button
  if (!repeats(button, scope)) return begin(button, scope)
  event.stopImmediatePropagation()
  event.preventDefault()
}

// Whoever types something, or turns to something else after the answer or when none comes, means the next press.
function onOther(event) {
  if (!press || press.button.contains(event.target)) return
  if (event.type === "input" || press.restingSince < Infinity || (!press.started && performance.now() - press.at > TWICE_MS)) end()
}

// Streamlit answers every click on a page's link itself; with one of these keys it is the browser's.
function onLink(event) {
  const held = event.ctrlKey || event.metaKey || event.shiftKey
  if (held && event.target instanceof Element && event.target.closest("a[href]")) event.stopImmediatePropagation()
}

export default function (component) {
  const { data } = component
  window.__eventosHabits?.()

  const onKey = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return
    event.preventDefault()
    const focus = () => {
      const field = document.querySelector(data.target)
      const visible = field && field.getBoundingClientRect().right > 0
      if (visible) {
        field.focus()
        field.select()
      }
      return visible
    }
    if (focus()) return
    const opener = document.querySelector('[data-testid="stExpandSidebarButton"]')
    if (opener) {
      opener.click()
      setTimeout(focus, 400)
    }
  }

  const listeners = [
    ["keydown", onKey], ["keydown", onPress, true], ["click", onPress, true], ["click", onLink, true],
    ["pointerdown", onOther, true], ["input", onOther, true],
  ]
  for (const listener of listeners) document.addEventListener(...listener)
  window.__eventosHabits = () => listeners.forEach((listener) => document.removeEventListener(...listener))
  return window.__eventosHabits
}
