// One picture, fetched from the house's own file route.
export default function (component) {
  const { data, parentElement } = component
  if (!data) return
  parentElement.querySelector("img")?.remove()
  const image = document.createElement("img")
  image.alt = data.alt
  image.addEventListener("error", () => image.remove())
  image.src = data.picture
  parentElement.append(image)
}
