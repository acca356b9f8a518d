/** A moment as people read it in a list, in the machine's own zone: `2026-11-22 18:04:31`. */
export function localTime(moment: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`
}
