import { Page, StyleSheet, Text, View } from '@react-pdf/renderer'
import { createElement as h, type ReactNode } from 'react'
import { INK, LINE, type PaperStyle, SOFT, words } from '../reports/paper-words.ts'
import { fontsFor, MONO } from '../reports/report-fonts.ts'

const css = StyleSheet.create({
  page: {
    ...{ padding: 44, paddingBottom: 52, fontFamily: fontsFor(''), fontSize: 10, color: INK },
  },
  row: { flexDirection: 'row', borderTopWidth: 0.75, borderTopColor: LINE, paddingVertical: 3 },
  foot: {
    ...{ position: 'absolute', bottom: 26, left: 44, right: 44, flexDirection: 'row' },
    ...{ justifyContent: 'space-between', fontSize: 8.5, color: SOFT },
  },
  command: {
    ...{ fontSize: 8.6, lineHeight: 1.35, backgroundColor: '#f4f0e8', borderRadius: 3 },
    ...{ paddingVertical: 4, paddingHorizontal: 7, marginTop: 3 },
  },
})

/** A page with its footer. */
export function sheetOf(
  { size, footer, name }: { size: 'A4' | 'LETTER'; footer: string; name: string },
  parts: readonly ReactNode[],
): ReactNode {
  return h(Page, { key: name, size, style: css.page }, h(View, {}, ...parts), foot(footer))
}

/**
 * A text with room between its lines. Said of a page, that takes its footer away; without a size beside it, it is
 * reckoned by another.
 */
export function say(text: string, style: PaperStyle = {}, more: Parameters<typeof words>[2] = {}): ReactNode {
  return words(text, { fontSize: 10, lineHeight: 1.4, ...style }, more)
}

export function head(title: string, name: string): ReactNode {
  return h(
    View,
    {},
    say('Holdfast', { color: SOFT, fontWeight: 700 }),
    say(`${title} of ${name}`, { fontSize: 22, fontWeight: 700, lineHeight: 1.2 }),
  )
}

/** What is what, a row each; the first line of each is the one that counts. */
export function facts(rows: readonly (readonly [string, readonly string[]])[]): ReactNode {
  return h(
    View,
    { style: { marginTop: 10 } },
    ...rows.map(([name, lines]) =>
      h(
        View,
        { key: name, style: css.row, wrap: false },
        say(name, { width: 110, color: SOFT }),
        h(
          View,
          { style: { flex: 1 } },
          ...lines.map((line, i) =>
            say(line, i === 0 ? { fontWeight: 700 } : { color: SOFT }, { key: `${i} ${line}` }),
          ),
        ),
      ),
    ),
  )
}

export function notes(title: string, lines: readonly string[]): ReactNode {
  if (lines.length === 0) return null
  return section(
    title,
    lines.map((line) => say(line, {}, { key: line })),
  )
}

export function section(title: string, parts: readonly ReactNode[]): ReactNode {
  return h(
    View,
    { style: { marginTop: 12 } },
    say(title, { fontSize: 13, fontWeight: 700, marginBottom: 2 }, { minPresenceAhead: 60 }),
    ...parts.map((part, i) => h(View, { key: i }, part)),
  )
}

export function step(number: number, text: string, typed?: string): ReactNode {
  return h(
    View,
    { style: { flexDirection: 'row', marginTop: 3 }, wrap: false },
    say(`${number}.`, { width: 16, fontWeight: 700 }),
    h(View, { style: { flex: 1 } }, say(text), typed === undefined ? null : command(typed)),
  )
}

/** What is typed as it stands. */
export function command(text: string): ReactNode {
  // A place may have a name in any script; that font has few of them.
  const fontFamily = /^[\u0020-\u00ff\n]*$/.test(text) ? MONO : [MONO, fontsFor(text)].flat()
  return h(Text, { style: { ...css.command, fontFamily } }, text)
}

function foot(text: string): ReactNode {
  return h(
    View,
    { style: css.foot, fixed: true },
    words(text),
    h(Text, {
      style: { fontFamily: fontsFor('') },
      render: ({ pageNumber, totalPages }) => `${pageNumber} / ${totalPages}`,
    }),
  )
}
