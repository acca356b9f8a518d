/** SQLite's text ends at a NUL. In words for people it becomes `\\x00`, as paths show it. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\\x00')
}
