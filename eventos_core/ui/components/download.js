// Starts the download of a file of this very site, once per address; the page stays where it is.
const started = new Set()

export default function (component) {
  const { data } = component
  // Only a path of this site: never an address that came from outside.
  if (!data || started.has(data.url) || !/^\/(?!\/)/.test(data.url)) return
  started.add(data.url)
  const link = document.createElement("a")
  link.href = data.url
  link.download = ""
  document.body.append(link)
  link.click()
  link.remove()
}
