/** Rows as aligned columns; numbers' columns to the right. The last column is not padded. */
export function tableOf(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
) {
  const all = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)))
  return all.map((row) =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - [...cell].length)
        if (right.includes(i)) return padding + cell
        return i === row.length - 1 ? cell : cell + padding
      })
      .join('  '),
  )
}
