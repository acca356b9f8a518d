import { formatHook, formatPlace, HoldfastError, Plan, type Schedule } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { requirePathsThere } from '../agent/this-machine.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { hooksFrom } from '../hook-options.ts'
import { type KeepOptions, keepRulesOf } from '../keep-options.ts'
import { keepWords } from '../keep-words.ts'
import { copyPlace } from '../place/copy-place.ts'
import type { Call } from '../program.ts'
import { type ScheduleOptions, scheduleFrom, scheduleText } from '../schedule-options.ts'
import { sourcePaths } from '../source-labels.ts'

/** `holdfast plan show PLAN`. */
export function planShow(call: Call, text: string): Promise<ExitCode> {
  return withPlan(call, text, async (_agent, plan) => plan)
}

type EditOptions = KeepOptions &
  ScheduleOptions & {
    name?: string
    path: string[]
    exclude?: string[]
    keepAll?: boolean
    retries?: number
    onBattery?: boolean
    onMetered?: boolean
    drill?: Plan['options']['drill']['every']
    copyTo?: string[]
    copies: boolean
    hook?: string[]
    hooks: boolean
  }

/** `holdfast plan edit PLAN …`: what is named changes, from the next run on. USAGE when nothing is. */
export function planEdit(call: Call, text: string, options: EditOptions): Promise<ExitCode> {
  requirePathsThere(call.settings, [...options.path, ...(options.copyTo ?? [])])
  return withPlan(call, text, async (agent, plan) => {
    const change = {
      ...(options.name === undefined ? {} : { name: options.name }),
      ...sourcesOf(call, plan, options),
      ...scheduleOf(plan, options),
      ...optionsOf(call, plan, options),
    }
    if (Object.keys(change).length === 0)
      throw new HoldfastError('USAGE', 'Nothing says what to change.', {
        next: 'See `holdfast plan edit --help`.',
      })
    return Plan.parse(
      await agent.plan.update.mutate({ id: plan.id, change }, { signal: call.settings.signal }),
    )
  })
}

/** `holdfast plan pause PLAN` and `holdfast plan resume PLAN`. */
export function planPause(paused: boolean) {
  return (call: Call, text: string): Promise<ExitCode> =>
    withPlan(call, text, async (agent, { id }) =>
      Plan.parse(await agent.plan.setPaused.mutate({ id, paused }, { signal: call.settings.signal })),
    )
}

/** `holdfast plan duplicate PLAN NAME`: a paused copy on the same vault. */
export function planDuplicate(call: Call, text: string, name: string): Promise<ExitCode> {
  return withPlan(call, text, async (agent, { id }) =>
    Plan.parse(await agent.plan.duplicate.mutate({ id, name }, { signal: call.settings.signal })),
  )
}

/** `holdfast plan accept PLAN`: what made its source suspect was meant. */
export function planAccept(call: Call, text: string): Promise<ExitCode> {
  return withPlan(call, text, async (agent, plan) => {
    await agent.plan.acceptChange.mutate({ id: plan.id }, { signal: call.settings.signal })
    return plan
  })
}

/** `holdfast plan remove PLAN`: its snapshots stay in the vault. */
export async function planRemove({ settings, output }: Call, text: string): Promise<ExitCode> {
  const plan = await callAgent(settings, async (agent) => {
    const found = await findPlan(agent, text, settings.signal)
    await agent.plan.remove.mutate({ id: found.id }, { signal: settings.signal })
    return found
  })
  output.answer({ removed: plan.id }, [
    `The plan "${plan.name}" is removed. Its snapshots stay in ${formatPlace(plan.vault.place)}.`,
  ])
  return EXIT.ok
}

async function withPlan(
  { settings, output }: Call,
  text: string,
  work: (agent: AgentClient, plan: Plan) => Promise<Plan>,
): Promise<ExitCode> {
  const plan = await callAgent(settings, async (agent) =>
    work(agent, await findPlan(agent, text, settings.signal)),
  )
  output.answer(plan, linesOf(plan))
  return EXIT.ok
}

function linesOf({ id, name, sources, vault, schedule, paused, options }: Plan): string[] {
  return [
    `${name} (${id})${paused ? ', paused' : ''}`,
    `  runs   ${scheduleText(schedule)}`,
    `  vault  ${formatPlace(vault.place)}${vault.encrypted ? ', encrypted' : ''}`,
    ...options.copies.map((place) => `  copy   ${formatPlace(place)}`),
    `  drills ${options.drill.every === 'never' ? 'never' : `every ${options.drill.every}`}`,
    `  keeps  ${options.keep === null ? 'every snapshot' : keepWords(options.keep)}`,
    ...options.hooks.map((hook) => `  hook   ${formatHook(hook)} (${hook.id})`),
    ...sources.map(({ path, excludes }) =>
      excludes.length === 0 ? `  holds  ${path}` : `  holds  ${path} without ${excludes.join(', ')}`,
    ),
  ]
}

function sourcesOf({ settings }: Call, plan: Plan, { path, exclude }: EditOptions) {
  if (path.length === 0 && exclude === undefined) return {}
  const paths = path.length === 0 ? plan.sources.map((source) => source.path) : sourcePaths(path, settings)
  const sources = paths.map((one) => {
    const before = plan.sources.find((source) => source.path === one)
    return { ...before, path: one, excludes: exclude ?? before?.excludes ?? [] }
  })
  return { sources }
}

function scheduleOf({ schedule }: Plan, options: EditOptions): { schedule?: Schedule } {
  const changed = scheduleFrom(options, schedule)
  return changed === undefined ? {} : { schedule: changed }
}

function optionsOf(
  call: Call,
  plan: Plan,
  { keepAll, retries, onBattery, onMetered, drill, hook, copyTo, ...more }: EditOptions,
) {
  const { copies: keepsCopies, hooks: keepsHooks, ...rules } = more
  const keep = keepAll === true ? null : keepRulesOf(rules)
  const copies = keepsCopies ? copyTo?.map((text) => copyPlace(call, text)) : []
  const hooks = keepsHooks ? hook && hooksFrom(hook, call.settings.cwd) : []
  if ([keep, retries, onBattery, onMetered, drill, copies, hooks].every((one) => one === undefined)) return {}
  const options = {
    ...plan.options,
    ...(keep === undefined ? {} : { keep }),
    ...(retries === undefined ? {} : { retry: { ...plan.options.retry, times: retries } }),
    ...(onBattery === undefined ? {} : { onBattery }),
    ...(onMetered === undefined ? {} : { onMetered }),
    ...(drill === undefined ? {} : { drill: { every: drill } }),
    ...(copies === undefined ? {} : { copies }),
    ...(hooks === undefined ? {} : { hooks }),
  }
  return { options }
}
