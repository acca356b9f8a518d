/** Brings what lies behind a link of the agent to this device, by the browser's own download. */
export function saveLink({ url, name }: { readonly url: string; readonly name: string }): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

/** Brings a text to this device as a file. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  saveLink({ url, name })
  URL.revokeObjectURL(url)
}
