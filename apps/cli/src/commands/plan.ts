import { formatPlace, HoldfastError, Plan, type Schedule, scheduleProblem } from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { resolvePlace } from '@holdfast/rclone'
import { callAgent } from '../agent/agent-client.ts'
import { requirePathsThere } from '../agent/this-machine.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { hooksFrom } from '../hook-options.ts'
import { type OmissionOptions, omissionsOf } from '../option-groups.ts'
import { readPassphrase } from '../passphrase.ts'
import { copyPlace } from '../place/copy-place.ts'
import { asPlaceText } from '../place/place-text.ts'
import type { Call } from '../program.ts'
import { type ScheduleOptions, scheduleFrom, scheduleText } from '../schedule-options.ts'
import { sourcePaths } from '../source-labels.ts'
import { tableOf } from '../table.ts'

/** `holdfast plan list`. */
export async function planList({ settings, output }: Call): Promise<ExitCode> {
  const answer = await callAgent(settings, (agent) =>
    agent.plan.list.query(undefined, { signal: settings.signal }),
  )
  const rows = Plan.array()
    .parse(answer)
    .map(({ id, name, sources, vault, schedule, paused }) => [
      id,
      name,
      paused ? 'paused' : scheduleText(schedule),
      formatPlace(vault.place),
      sources.map(({ path }) => path).join(', '),
    ])
  const lines =
    rows.length === 0 ? ['There is no plan yet.'] : tableOf(['id', 'name', 'runs', 'vault', 'holds'], rows)
  output.answer(answer, lines)
  return EXIT.ok
}

type PlanOptions = OmissionOptions &
  ScheduleOptions & {
    to: string
    plain?: boolean
    passphraseFile?: string
    exclude: string[]
    copyTo: string[]
    hook: string[]
  }

/** `holdfast plan add NAME PATH… --to DEST`: the vault is made where there is none, and opened where there is one. */
export async function planAdd(
  { settings, output }: Call,
  name: string,
  paths: string[],
  options: PlanOptions,
): Promise<ExitCode> {
  requirePathsThere(settings, [...paths, options.to, ...options.copyTo])
  const sources = sourcePaths(paths, settings).map((path) => ({
    path,
    excludes: options.exclude,
    ...omissionsOf(options),
  }))
  const schedule = scheduleFrom(options, everyNoon()) ?? everyNoon()
  const problem = scheduleProblem(schedule, new Date(systemClock.nowMs()))
  if (problem !== undefined) throw new HoldfastError('USAGE', problem)
  const place = resolvePlace(asPlaceText(options.to), Buffer.from(settings.cwd).toString())
  const copies = options.copyTo.map((text) => copyPlace({ settings }, text))
  const hooks = hooksFrom(options.hook, settings.cwd)
  const passphrase =
    options.plain === true
      ? null
      : await readPassphrase(settings, {
          file: options.passphraseFile,
          confirm: true,
          place: formatPlace(place),
        })
  const answer = await callAgent(settings, (agent) =>
    agent.plan.create.mutate(
      { name, sources, place, passphrase, schedule, options: { copies, hooks } },
      { signal: settings.signal },
    ),
  )
  const plan = Plan.parse(answer)
  output.answer(answer, [
    `Made the plan "${plan.name}" (${plan.id}). It runs ${scheduleText(plan.schedule)}.`,
  ])
  return EXIT.ok
}

function everyNoon(): Schedule {
  return { kind: 'cron', cron: '0 12 * * *', timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone }
}
