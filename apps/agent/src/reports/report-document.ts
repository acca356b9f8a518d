import { formatBytes, formatDuration, type Report } from '@holdfast/domain'
import { Document, type DocumentProps, Page, StyleSheet, Svg, Text, View } from '@react-pdf/renderer'
import { createElement as h, type ReactElement, type ReactNode } from 'react'
import { INK, LINE, SOFT, words } from './paper-words.ts'
import { calendarChart, daysChart, durationsChart, growthChart } from './report-charts.ts'
import { fontsFor } from './report-fonts.ts'

const STATES = {
  protected: { word: 'Protected', colour: '#0b6e56' },
  'at-risk': { word: 'At risk', colour: '#8f5500' },
  failing: { word: 'Failing', colour: '#b3372e' },
  unknown: { word: 'Unknown', colour: '#5c686b' },
} as const
const ROWS_AT_MOST = 25

const css = StyleSheet.create({
  // @NOTE no line height here: in 4.x it takes the footer away, and Noto's own is right.
  page: {
    padding: 44,
    paddingBottom: 56,
    fontFamily: fontsFor(''),
    fontSize: 10,
    color: INK,
  },
  title: { fontSize: 22, fontWeight: 700, lineHeight: 1.2 },
  soft: { color: SOFT },
  section: { marginTop: 18 },
  heading: { fontSize: 13, fontWeight: 700, marginBottom: 2 },
  row: { flexDirection: 'row', borderTopWidth: 0.75, borderTopColor: LINE, paddingVertical: 3 },
  head: { flexDirection: 'row', paddingVertical: 3, fontWeight: 700 },
  foot: {
    ...{ position: 'absolute', bottom: 28, left: 44, right: 44, flexDirection: 'row' },
    ...{ justifyContent: 'space-between', fontSize: 8.5, color: SOFT },
  },
})

/** The report as a document for paper, `a4` or `letter`; the same facts as on the screen, as far as paper goes. */
export function reportDocument(report: Report, paper: 'a4' | 'letter'): ReactElement<DocumentProps> {
  const { machine, period, verdict, summary } = report
  const { word, colour } = STATES[verdict.state]
  const title = `Holdfast report of ${machine}, ${period.label}`
  return h(
    Document,
    { title, author: 'Holdfast', language: 'en' },
    h(
      Page,
      { size: paper === 'a4' ? 'A4' : 'LETTER', style: css.page },
      words(`Holdfast · ${machine}`, { color: SOFT, fontWeight: 700 }),
      words(period.label, css.title),
      words(word, { fontSize: 13, fontWeight: 700, color: colour, marginTop: 8 }),
      words(verdict.sentence),
      words(summary, { marginTop: 4 }),
      plansTable(report),
      chart('Twelve months', calendarSentence(report), calendarChart(report.year)),
      chart('Data added per day', daysSentence(report), daysChart(report.days)),
      chart('Sent to vaults, added up', growthSentence(report), growthChart(report)),
      chart('How long runs took', durationsSentence(report), durationsChart(report)),
      proofsTable(report),
      failuresTable(report),
      incidentsTable(report),
      changesTable(report),
      h(
        View,
        { style: css.foot, fixed: true },
        words(`${title}, made ${moment(report.madeAt, report)}`),
        h(Text, {
          style: { fontFamily: fontsFor('') },
          render: ({ pageNumber, totalPages }) => `${pageNumber} / ${totalPages}`,
        }),
      ),
    ),
  )
}

function chart(
  title: string,
  sentence: string,
  drawn: { height: number; parts: readonly ReactNode[] },
): ReactNode {
  return h(
    View,
    { style: css.section, wrap: false },
    words(title, css.heading),
    words(sentence, css.soft),
    h(
      Svg,
      { viewBox: `0 0 500 ${drawn.height}`, style: { width: '100%', height: drawn.height, marginTop: 6 } },
      ...drawn.parts,
    ),
  )
}

function table(
  title: string,
  empty: string,
  {
    head,
    widths,
    rows,
  }: { head: readonly string[]; widths: readonly number[]; rows: readonly (readonly string[])[] },
): ReactNode {
  const cells = (texts: readonly string[]) =>
    texts.map((text, i) => words(text, { flex: widths[i] ?? 1, paddingRight: 8 }, { key: i }))
  const shown = rows.slice(0, ROWS_AT_MOST)
  const left = rows.length - shown.length
  return h(
    View,
    { style: css.section },
    words(title, css.heading, { minPresenceAhead: 60 }),
    rows.length === 0 && words(empty, css.soft),
    rows.length > 0 && h(View, { style: css.head, wrap: false }, ...cells(head)),
    ...shown.map((row, i) => h(View, { key: i, style: css.row, wrap: false }, ...cells(row))),
    left > 0 && words(`and ${left} more; all stand in the CSV.`, css.soft),
  )
}

function plansTable({ plans }: Report): ReactNode {
  return table('Plans', 'There is no plan yet.', {
    head: ['Plan', 'State', 'Runs', 'Added', 'Usually takes', 'Proven'],
    widths: [3, 2, 2.4, 1.8, 1.8, 1.2],
    rows: plans.map(({ name, protection, runs, outcomes, bytesStored, medianMs, proofs }) => [
      ...[name, STATES[protection.state].word],
      runs === outcomes.complete ? `${runs}` : `${runs}, ${outcomes.complete} complete`,
      ...[formatBytes(bytesStored), medianMs === null ? '–' : formatDuration(medianMs)],
      proofs === 0 ? 'not' : `${proofs}×`,
    ]),
  })
}

function proofsTable(report: Report): ReactNode {
  return table('Proof record', 'Nothing was restored and compared in this time.', {
    head: ['When', 'Plan', 'Restored', 'Result'],
    widths: [2, 3, 2.4, 2],
    rows: report.proofs
      .toReversed()
      .map(({ at, plan, files, bytes, mismatches }) => [
        ...[moment(at, report), plan, `${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`],
        mismatches === 0 ? 'every byte agreed' : `${mismatches} did not match`,
      ]),
  })
}

function failuresTable(report: Report): ReactNode {
  return table('What went wrong', 'Nothing went wrong in this time.', {
    head: ['When', 'Plan', 'Outcome', 'Why'],
    widths: [2, 2.2, 1.6, 4],
    rows: report.failures
      .toReversed()
      .map(({ at, plan, outcome, message }) => [moment(at, report), plan, outcome, message]),
  })
}

function incidentsTable(report: Report): ReactNode {
  return table('Incidents', 'There was none in this time.', {
    head: ['From', 'Plan', 'Lasted', 'What'],
    widths: [2, 2.2, 1.6, 4],
    rows: report.incidents
      .toReversed()
      .map(({ openedAt, recoveredAt, plan, sentence }) => [
        ...[moment(openedAt, report), plan],
        recoveredAt === null ? 'still open' : formatDuration(recoveredAt.getTime() - openedAt.getTime()),
        sentence,
      ]),
  })
}

function changesTable(report: Report): ReactNode {
  return table('Changed settings', 'Nothing was changed in this time.', {
    head: ['When', 'Who', 'What'],
    widths: [2, 2.4, 4],
    rows: report.changes
      .toReversed()
      .map(({ at, who, act, subject }) => [
        ...[moment(at, report), who],
        /^[0-9a-f-]{16,}$/.test(subject) ? act.replace('.', ' ') : `${act.replace('.', ' ')}: ${subject}`,
      ]),
  })
}

function calendarSentence({ year }: Report): string {
  const ran = year.filter(({ runs }) => runs > 0)
  if (ran.length === 0) return 'Nothing ran in these twelve months.'
  const good = ran.filter(({ outcome }) => outcome === 'complete').length
  const days = ran.length === 1 ? '1 day' : `${ran.length} days`
  const well = good === ran.length ? 'all went well' : `on ${good} of them all went well`
  return `Something ran on ${days}, and ${well}. Green: complete, yellow: incomplete, red: failed.`
}

function daysSentence({ days }: Report): string {
  const total = days.reduce((sum, { bytesAdded }) => sum + bytesAdded, 0)
  return total === 0 ? 'Nothing was added in this time.' : `${formatBytes(total)} in all.`
}

function growthSentence({ growth, forecast }: Report): string {
  const so = `${formatBytes(growth.at(-1)?.bytes ?? 0)} so far, what was forgotten since included.`
  if (forecast === null) return `${so} There is too little to look ahead from.`
  return `${so} At this pace ${formatBytes(forecast.bytes)} in ${forecast.inDays} days.`
}

function durationsSentence({ durations }: Report): string {
  if (durations.length === 0) return 'No run left a snapshot in this time.'
  return `${durations.length} runs, the longest took ${formatDuration(Math.max(...durations.map(({ ms }) => ms)))}.`
}

function moment(at: Date, { period }: Report): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: period.timeZone },
  }).format(at)
}
