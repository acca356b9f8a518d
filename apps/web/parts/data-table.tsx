/** A chart's numbers as a table, folded away below it. */
export function DataTable(props: {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
}) {
  if (props.rows.length === 0) return null
  return (
    <details className="mt-3">
      <summary className="inline-flex min-h-11 items-center rounded-xl font-semibold text-[15px] text-sea">
        {props.title}, as a table
      </summary>
      <section
        className="max-h-80 overflow-auto"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        tabIndex={0}
        aria-label={props.title}
      >
        <table className="num w-full text-left text-[14px]">
          <thead>
            <tr>
              {props.head.map((name) => (
                <th key={name} scope="col" className="py-1.5 pr-4 font-semibold">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map((row) => (
              <tr key={row.join('\u0000')} className="border-line border-t">
                {props.head.map((name, i) => (
                  <td key={name} className="py-1.5 pr-4">
                    {row[i]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
