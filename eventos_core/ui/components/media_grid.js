// Pictures in a grid, each a button that opens its file; what has no picture shows what it is.
// The browser fetches the small copies from the house's own file route, which asks every time who wants them.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data) return
  parentElement.querySelector(".media")?.remove()
  const list = element("ul", "media")
  list.setAttribute("aria-label", data.label)
  for (const item of data.items) list.append(tile(item))
  parentElement.append(list)

  function tile(item) {
    const entry = element("li", "tile")
    const button = element("button", "open")
    button.type = "button"
    button.setAttribute("aria-label", item.label)
    button.addEventListener("click", () => setTriggerValue("opened", item.id))
    const frame = element("span", "frame")
    if (item.picture) frame.append(picture(item, frame))
    else frame.append(element("span", "ending", item.ending))
    button.append(frame, element("span", "title", item.title), element("span", "detail", item.detail))
    if (item.mark) button.append(element("span", `mark ${item.tone}`, item.mark))
    entry.append(button)
    return entry
  }

  function picture(item, frame) {
    const image = document.createElement("img")
    image.src = item.picture
    image.alt = ""
    image.loading = "lazy"
    image.decoding = "async"
    image.addEventListener("error", () => frame.replaceChildren(element("span", "ending", item.ending)))
    return image
  }

  function element(name, classes, text) {
    const made = document.createElement(name)
    made.className = classes
    if (text !== undefined) made.textContent = text
    return made
  }
}
