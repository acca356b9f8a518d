import { formatBytes, formatDuration, type Message, type Outcome, type Report } from '@holdfast/domain'
import { escapeHtml } from '../notify/escape-html.ts'

const FAILURES_AT_MOST = 10

/** A report as a mail: plain text, and HTML for a phone, by day and by night, with nothing to load. Pure. */
export function reportMail(
  report: Report,
  { title, severity }: Pick<Message, 'title' | 'severity'>,
  { appUrl, attached }: { appUrl: string; attached: boolean },
): { subject: string; text: string; html: string } {
  const link = new URL('/reports/', appUrl).href
  const parts = { report, title, severity, link, attached, lines: linesOf(report) }
  return {
    subject: `${title} (${report.machine})`.replace(/[\r\n]+/g, ' '),
    text: textOf(parts),
    html: htmlOf(parts),
  }
}

type Parts = {
  readonly report: Report
  readonly title: string
  readonly severity: Message['severity']
  readonly link: string
  readonly attached: boolean
  readonly lines: Lines
}

/** What text and HTML both say, in words. */
type Lines = {
  readonly plans: readonly { readonly name: string; readonly state: string; readonly facts: string }[]
  readonly failures: readonly string[]
  readonly proof: string
  readonly growth: string
  readonly changes: string
}

function linesOf(report: Report): Lines {
  const { plans, failures, proofs, growth, forecast, changes } = report
  const files = proofs.reduce((sum, proof) => sum + proof.files, 0)
  const wrong = proofs.reduce((sum, { mismatches }) => sum + mismatches, 0)
  const stored = formatBytes(growth.at(-1)?.bytes ?? 0)
  const shown = failures.toReversed().slice(0, FAILURES_AT_MOST)
  const left = failures.length - shown.length
  return {
    plans: plans.map(({ name, protection, runs, outcomes, bytesStored, medianMs }) => ({
      ...{ name, state: STATE_WORDS[protection.state] },
      facts: [
        runs === 0 ? 'no run' : `${outcomes.complete} of ${counted(runs, 'run')} complete`,
        `${formatBytes(bytesStored)} added`,
        ...(medianMs === null ? [] : [`usually ${formatDuration(medianMs)}`]),
      ].join(' · '),
    })),
    failures: [
      ...shown.map(
        ({ at, plan, outcome, message }) =>
          `${moment(at, report)}, ${plan}: ${message === '' ? OUTCOME_WORDS[outcome] : message}`,
      ),
      ...(left > 0 ? [`and ${left} more.`] : []),
    ],
    proof:
      proofs.length === 0
        ? 'Nothing was restored and compared in this time.'
        : wrong > 0
          ? `${counted(wrong, 'restored file')} did not match what was backed up.`
          : `${counted(files, 'file')} restored and compared: every byte agreed.`,
    growth:
      forecast === null
        ? `${stored} sent to vaults so far.`
        : `${stored} sent to vaults so far; at this pace ${formatBytes(forecast.bytes)} in ${forecast.inDays} days.`,
    changes:
      changes.length === 0 ? 'No settings were changed.' : `${counted(changes.length, 'setting')} changed.`,
  }
}

function textOf({ report, title, link, attached, lines }: Parts): string {
  return [
    ...[title, '', report.summary, report.verdict.sentence],
    ...lines.plans.flatMap(({ name, state, facts }) => ['', `${name} (${state})`, facts]),
    ...(lines.failures.length === 0 ? [] : ['', 'What went wrong']),
    ...lines.failures.map((line) => `- ${line}`),
    ...['', lines.proof, lines.growth, lines.changes],
    ...(attached ? ['', 'The whole report is attached as a PDF.'] : []),
    ...['', link, '', `${report.machine}, ${moment(report.madeAt, report)}`],
  ].join('\n')
}

function htmlOf({ report, title, severity, link, attached, lines }: Parts): string {
  const { machine, period, summary, verdict } = report
  const section = (heading: string, inner: string) =>
    `<h2 style="margin:24px 0 4px;font-size:16px">${heading}</h2>${inner}`
  const paragraph = (text: string, look = '') => `<p ${look} style="margin:0 0 6px">${escapeHtml(text)}</p>`
  const plans = lines.plans
    .map(
      ({ name, state, facts }) =>
        `<tr><td class="line" style="padding:10px 0;border-top:1px solid #d9dedb"><b>${escapeHtml(name)}</b> · ${state}<br><span class="soft" style="color:#4a544f">${escapeHtml(facts)}</span></td></tr>`,
    )
    .join('')
  const failures = lines.failures
    .map((line) => `<li style="margin:0 0 6px">${escapeHtml(line)}</li>`)
    .join('')
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(title)}</title><style>${NIGHT}</style></head>`,
    `<body class="page" style="margin:0;padding:16px;background:#f4f5f4;color:#1c2421;${FONT}">`,
    '<div class="card" style="max-width:560px;margin:0 auto;background:#ffffff;border:1px solid #d9dedb;border-radius:12px;overflow:hidden;overflow-wrap:anywhere">',
    `<div class="${severity}" style="padding:20px;${LOOK[severity]}">`,
    `<div style="font-size:13px;font-weight:600">${SEVERITY_WORDS[severity]} · ${escapeHtml(machine)}</div>`,
    `<h1 style="margin:4px 0 8px;font-size:21px;line-height:1.3">${escapeHtml(title)}</h1>`,
    `${paragraph(summary)}${paragraph(verdict.sentence)}</div>`,
    `<div style="padding:20px">${daysOf(report)}`,
    section(
      'Plans',
      `<table role="presentation" width="100%" style="border-collapse:collapse">${plans}</table>`,
    ),
    failures === ''
      ? ''
      : section('What went wrong', `<ul style="margin:0;padding:0 0 0 20px">${failures}</ul>`),
    section(
      'Proof and growth',
      [lines.proof, lines.growth, lines.changes].map((line) => paragraph(line)).join(''),
    ),
    attached ? paragraph('The whole report is attached as a PDF.', 'class="soft"') : '',
    `<p style="margin:20px 0 0"><a class="go" href="${escapeHtml(link)}" style="display:inline-block;padding:12px 20px;border-radius:10px;background:#1f5d4c;color:#ffffff;text-decoration:none;font-weight:600">Open the reports</a></p>`,
    `<p class="soft" style="margin:20px 0 0;font-size:13px;color:#4a544f">Made ${escapeHtml(moment(report.madeAt, report))} (${escapeHtml(period.timeZone)}). When it comes is set under Settings, Notifications.</p>`,
    '</div></div></body></html>',
  ].join('')
}

/** A square a day with a sign in it, seven in a row: no colour says anything alone. */
function daysOf({ days }: Report): string {
  const cells = days.map(({ day, outcome }) => {
    const { sign, look } = DAYS[outcome]
    return `<td align="center" style="padding:0 4px 4px 0"><div class="day-${look}" style="border-radius:8px;padding:5px 0;font-size:13px;${DAY_LOOK[look]}"><span style="font-size:11px">${Number(day.slice(8))}</span><br><b>${sign}</b></div></td>`
  })
  const rows = Array.from({ length: Math.ceil(cells.length / 7) }, (_, i) => cells.slice(i * 7, i * 7 + 7))
  const filled = rows.map((row) => [...row, ...Array.from({ length: 7 - row.length }, () => '<td></td>')])
  const legend = [...new Set(days.map(({ outcome }) => `${DAYS[outcome].sign} ${DAYS[outcome].word}`))].join(
    ', ',
  )
  return `<table role="presentation" width="100%" style="border-collapse:collapse;table-layout:fixed">${filled.map((row) => `<tr>${row.join('')}</tr>`).join('')}</table><p class="soft" style="margin:4px 0 0;font-size:13px;color:#4a544f">Day by day: ${legend}.</p>`
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function moment(at: Date, { period }: Report): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: period.timeZone },
  }).format(at)
}

const FONT = "font:16px/1.5 -apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"
const STATE_WORDS = {
  protected: 'protected',
  'at-risk': 'at risk',
  failing: 'failing',
  unknown: 'unknown',
} as const
const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ...{ complete: 'complete', incomplete: 'some files could not be read', failed: 'it failed' },
  ...{ cancelled: 'it was cancelled', interrupted: 'it was interrupted', skipped: 'it was skipped' },
}
const SEVERITY_WORDS = { failing: 'Failing', 'at-risk': 'At risk', good: 'Good', info: 'Note' } as const
/** Each pair of ink and ground has at least 4.5 : 1, by day and by night. */
const LOOK = {
  failing: 'background:#fbe4e4;color:#7a1620',
  'at-risk': 'background:#fcf0d4;color:#694203',
  good: 'background:#e0f2e9;color:#14503c',
  info: 'background:#e3eef6;color:#24465f',
} as const
const DAYS: Readonly<
  Record<Report['days'][number]['outcome'], { sign: string; word: string; look: keyof typeof DAY_LOOK }>
> = {
  complete: { sign: '✓', word: 'complete', look: 'good' },
  incomplete: { sign: '!', word: 'incomplete', look: 'warn' },
  interrupted: { sign: '!', word: 'interrupted', look: 'warn' },
  failed: { sign: '✕', word: 'failed', look: 'bad' },
  cancelled: { sign: '–', word: 'cancelled', look: 'none' },
  skipped: { sign: '–', word: 'skipped', look: 'none' },
  none: { sign: '·', word: 'no run', look: 'none' },
}
const DAY_LOOK = {
  good: 'background:#e0f2e9;color:#14503c',
  warn: 'background:#fcf0d4;color:#694203',
  bad: 'background:#fbe4e4;color:#7a1620',
  none: 'background:#eceeed;color:#4a544f',
} as const
const NIGHT = `@media (prefers-color-scheme:dark){${[
  '.page{background:#101715!important;color:#e6ece9!important}',
  '.card{background:#18211e!important;border-color:#33403b!important}',
  '.line{border-color:#33403b!important}.soft{color:#a9b5b0!important}',
  '.go{background:#8fd3b8!important;color:#0c2b20!important}',
  '.good,.day-good{background:#163a2d!important;color:#a8e2c9!important}',
  '.at-risk,.day-warn{background:#40300c!important;color:#f3d694!important}',
  '.failing,.day-bad{background:#471c20!important;color:#ffc1c1!important}',
  '.info{background:#1b3346!important;color:#b9d9f0!important}',
  '.day-none{background:#26312d!important;color:#a9b5b0!important}',
].join('')}}`
