import type { Home } from '@holdfast/api'
import { OUTCOMES, PROTECTION_STATES, SEVERITIES, type Severity } from '@holdfast/domain'
import type { RunTotals } from '@holdfast/history'

/** What `/metrics` says is made from this. */
export type MetricsFacts = {
  readonly home: Home
  readonly totals: readonly RunTotals[]
  readonly openIncidents: readonly { readonly severity: Severity }[]
  readonly startedAt: Date
  readonly rclone: string
}

type Labels = Readonly<Record<string, string>>
type Sample = readonly [Labels, number]

/** Prometheus' text format, version 0.0.4: one family after the other, times in seconds, sizes in bytes. Pure. */
export function metricsText({ home, totals, openIncidents, startedAt, rclone }: MetricsFacts): string {
  const now = home.now
  const plans = home.plans.map((card) => ({ card, labels: { plan: card.plan.name, plan_id: card.plan.id } }))
  const ofPlans = (value: (card: Home['plans'][number]) => number | undefined): Sample[] =>
    plans.flatMap(({ card, labels }) => {
      const number = value(card)
      return number === undefined ? [] : [[labels, number] as const]
    })
  const runs = plans.flatMap(({ card, labels }) =>
    OUTCOMES.map((outcome) => {
      const known = totals.find((one) => one.planId === card.plan.id && one.outcome === outcome)
      return { labels: { ...labels, outcome }, ...(known ?? { runs: 0, bytesStored: 0, seconds: 0 }) }
    }),
  )
  const bytesStored = (id: string) =>
    totals.filter(({ planId }) => planId === id).reduce((sum, one) => sum + one.bytesStored, 0)
  return [
    family('up', 'gauge', 'The agent answers.', [[{}, 1]]),
    family('build_info', 'gauge', 'What runs here, as labels.', [
      [{ version: home.agentVersion, rclone, machine: home.machine }, 1],
    ]),
    family('start_time_seconds', 'gauge', 'When the agent started, in Unix time.', [
      [{}, seconds(startedAt)],
    ]),
    family('protected', 'gauge', '1 when every plan is protected.', [
      [{}, home.verdict.state === 'protected' ? 1 : 0],
    ]),
    family(
      'plan_protection_state',
      'gauge',
      '1 for the state that the plan is in, 0 for the others.',
      plans.flatMap(({ card, labels }) =>
        PROTECTION_STATES.map(
          (state) => [{ ...labels, state }, card.protection.state === state ? 1 : 0] as const,
        ),
      ),
    ),
    family(
      'plan_last_success_timestamp_seconds',
      'gauge',
      'When the newest run that left a snapshot ended, in Unix time; none before the first.',
      ofPlans(({ lastSnapshotAt }) => lastSnapshotAt && seconds(lastSnapshotAt)),
    ),
    family(
      'plan_last_success_age_seconds',
      'gauge',
      'How long ago that is.',
      ofPlans(({ lastSnapshotAt }) => lastSnapshotAt && Math.max(0, seconds(now) - seconds(lastSnapshotAt))),
    ),
    family(
      'plan_last_proof_timestamp_seconds',
      'gauge',
      'When files of the plan were last restored and compared, in Unix time.',
      ofPlans(({ lastProof }) => lastProof && seconds(lastProof.at)),
    ),
    family(
      'plan_next_due_timestamp_seconds',
      'gauge',
      'When the next run is due, in Unix time; none for manual and paused plans.',
      ofPlans(({ nextDueAt }) => nextDueAt && seconds(nextDueAt)),
    ),
    family(
      'plan_running',
      'gauge',
      '1 while the plan runs.',
      ofPlans(({ running }) => (running ? 1 : 0)),
    ),
    family(
      'plan_last_run_duration_seconds',
      'gauge',
      'How long the newest run took.',
      ofPlans(({ lastRun }) =>
        lastRun?.state === 'finished' ? seconds(lastRun.finishedAt) - seconds(lastRun.startedAt) : undefined,
      ),
    ),
    family(
      'runs_total',
      'counter',
      'Runs that ended, by outcome.',
      runs.map((one) => [one.labels, one.runs]),
    ),
    family(
      'run_duration_seconds_total',
      'counter',
      'How long they took together.',
      runs.map((one) => [one.labels, one.seconds]),
    ),
    family(
      'stored_bytes_total',
      'counter',
      'Bytes that the vaults received from runs of the plan.',
      ofPlans(({ plan }) => bytesStored(plan.id)),
    ),
    family(
      'incidents_open',
      'gauge',
      'What is wrong now, by severity.',
      SEVERITIES.map((severity) => [
        { severity },
        openIncidents.filter((incident) => incident.severity === severity).length,
      ]),
    ),
  ].join('')
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const full = `holdfast_${name}`
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`)
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))
}

function seconds(at: Date): number {
  return at.getTime() / 1000
}
