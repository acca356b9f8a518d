/** Text from outside without what a terminal would obey: control characters as `\xHH`, direction marks too. */
export function plainText(text: string): string {
  return text.replace(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
