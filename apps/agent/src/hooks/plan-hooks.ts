import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  assertNever,
  DUMPS_LABEL,
  dumpFile,
  HoldfastError,
  type Hook,
  hookTitle,
  isDump,
  type Outcome,
  type Plan,
  type PlanId,
  type Run,
  SECOND_MS,
  type Source,
  toHoldfastError,
} from '@holdfast/domain'
import { containers, dumpDatabase, makePrivateDir, readHookCommands, runInGroup } from '@holdfast/host'
import { RunStopped } from '../run/run-end.ts'
import type { RunLogWriter } from '../run/run-log-writer.ts'
import type { HookPasswords } from './hook-passwords.ts'
import { openStoppedContainers } from './stopped-containers.ts'

/** How long what runs after a run that was stopped may take: somebody, or the system's shutdown, waits for its end. */
const AFTER_CANCEL_MS = 60 * SECOND_MS
const AFTER_INTERRUPT_MS = 5 * SECOND_MS
const START_MS = 60 * SECOND_MS

/** Everything that one run's hooks need; `signal` is the run's own. */
export type HookRun = {
  readonly plan: Plan
  readonly run: Pick<Run, 'id'>
  readonly log: Pick<RunLogWriter, 'write'>
  readonly signal: AbortSignal
}

/** What happens before and after the runs of plans. */
export type PlanHooks = {
  /**
   * Runs what comes before, in the plan's order. Resolves with a sentence for each that failed where the run goes on.
   * Rejects with HOOK_FAILED at the first that stops the run, and with the signal's reason when that aborts.
   */
  before(run: HookRun): Promise<string[]>
  /**
   * Runs what comes after, in the reverse order, whatever happened; containers that were stopped are started first of
   * all. Never rejects: a sentence for each that failed. A signal that aborts, or has, leaves them a minute, and
   * 5 s when the agent itself is being stopped.
   */
  after(run: HookRun & { readonly outcome: Outcome }): Promise<string[]>
  /** The dumps of a plan as one more source, where it makes any. */
  sourcesOf(plan: Plan): Source[]
  /** Forgets the dumps of a plan that is removed; they stay in its snapshots. */
  forget(id: PlanId): Promise<void>
  /** Starts containers that an earlier agent stopped and could not start again. Safe to repeat. */
  startLeft(signal: AbortSignal): Promise<{ started: string[]; failed: string[] }>
}

export async function openPlanHooks(parts: {
  readonly homeDir: string
  readonly passwords: Pick<HookPasswords, 'get'>
  /** Where programs are found and whose settings they read. */
  readonly environment: Readonly<Record<string, string>>
}): Promise<PlanHooks> {
  const { homeDir, passwords } = parts
  const environment = { ...parts.environment, LC_ALL: 'C' }
  const stopped = await openStoppedContainers(homeDir, containers)
  const dumpsOf = (id: PlanId) => join(homeDir, 'dumps', id)
  const dirOf = (id: PlanId) => join(dumpsOf(id), DUMPS_LABEL)

  async function begin(hook: Hook, { plan, run, log, signal }: HookRun): Promise<void> {
    const timeoutMs = hook.timeoutSeconds * SECOND_MS
    const onLine = (line: string) => log.write('info', `${hook.id}: ${line}`)
    switch (hook.kind) {
      case 'dump-postgresql':
      case 'dump-mysql':
      case 'dump-sqlite': {
        const password = passwords.get(plan.id, hook.id)
        // No program should, but what it says is not ours.
        const hide = (line: string) => onLine(password === undefined ? line : line.replaceAll(password, '…'))
        log.write('info', `${doing(hook)}.`)
        return await dumpDatabase(hook, { dir: dirOf(plan.id), environment, signal, onLine: hide, password })
      }
      case 'docker-stop': {
        const how = await stopped.stop(hook.container, holderOf(run, hook), {
          ...{ environment, timeoutMs, signal, onLine: butNames(hook, onLine) },
        })
        const words = how === 'stopped' ? 'is stopped' : 'does not run; it is left so'
        return log.write('info', `The ${hookTitle(hook)} ${words}.`)
      }
      case 'command':
        if (hook.when === 'before')
          await obey(hook, { plan, run, log, signal, timeoutMs, outcome: undefined })
        return
      default:
        assertNever(hook)
    }
  }

  async function end(hook: Hook, { plan, run, log, signal, outcome }: AfterRun): Promise<void> {
    const timeoutMs = hook.timeoutSeconds * SECOND_MS
    if (hook.kind === 'command' && hook.when === 'after')
      return obey(hook, { plan, run, log, signal, timeoutMs, outcome })
    if (hook.kind !== 'docker-stop') return
    const onLine = butNames(hook, (line) => log.write('info', `${hook.id}: ${line}`))
    const how = await stopped.start(hook.container, holderOf(run, hook), {
      environment,
      timeoutMs,
      signal,
      onLine,
    })
    if (how === 'started') log.write('info', `The ${hookTitle(hook)} is started again.`)
  }

  async function obey(
    hook: Extract<Hook, { kind: 'command' }>,
    { plan, run, log, signal, timeoutMs, outcome }: CommandRun,
  ): Promise<void> {
    const found = readHookCommands(homeDir).find(({ id }) => id === hook.command)
    if (found === undefined)
      throw new HoldfastError('HOOK_FAILED', 'no command of this name is defined on this machine.', {
        next: `Define it there: holdfast hook add ${hook.command} -- PROGRAM`,
      })
    log.write('info', `${doing(hook)}.`)
    const how = await startable(hook.command, () =>
      runInGroup(found.command, {
        environment: {
          ...parts.environment,
          ...{ HOLDFAST_PLAN: plan.id, HOLDFAST_RUN: run.id, HOLDFAST_WHEN: hook.when },
          ...(outcome === undefined ? {} : { HOLDFAST_OUTCOME: outcome }),
        },
        ...{ timeoutMs, signal, onLine: (line: string) => log.write('info', `${hook.id}: ${line}`) },
      }),
    )
    if (how.kind === 'aborted') throw new HoldfastError('CANCELLED', 'it was stopped with the run.')
    if (how.kind === 'timeout') throw new HoldfastError('HOOK_FAILED', 'it took too long and was ended.')
    if (how.code !== 0)
      throw new HoldfastError(
        'HOOK_FAILED',
        how.code === null ? 'it was killed.' : `it ended with ${how.code}.`,
      )
  }

  return {
    async before(hookRun) {
      const { plan, log, signal } = hookRun
      await clearOldDumps(dirOf(plan.id), plan)
      // A source that is not there would fail the run, whatever the hook says.
      if (plan.options.hooks.some(isDump)) makePrivateDir(dirOf(plan.id))
      const failed: string[] = []
      for (const hook of plan.options.hooks) {
        try {
          await begin(hook, hookRun)
        } catch (error) {
          signal.throwIfAborted()
          const { sentence, next, cause } = told(doing(hook), error)
          if (hook.abort)
            throw new HoldfastError('HOOK_FAILED', `${sentence} Nothing was backed up.`, { next, cause })
          log.write('warn', sentence)
          failed.push(sentence)
        }
      }
      return failed
    },
    async after(hookRun) {
      const { plan, log } = hookRun
      using limited = signalAfter(hookRun.signal)
      const reverse = plan.options.hooks.toReversed()
      const inOrder = [
        ...reverse.filter(({ kind }) => kind === 'docker-stop'),
        ...reverse.filter(({ kind }) => kind !== 'docker-stop'),
      ]
      const failed: string[] = []
      for (const hook of inOrder) {
        try {
          await end(hook, { ...hookRun, signal: limited.signal })
        } catch (error) {
          const { sentence } = told(undoing(hook), error)
          log.write('warn', sentence)
          failed.push(sentence)
        }
      }
      return failed
    },
    sourcesOf: ({ id, options }) =>
      options.hooks.some(isDump) ? [{ path: dirOf(id), excludes: ['*.new', '*.new-*'] }] : [],
    forget: (id) => rm(dumpsOf(id), { recursive: true, force: true }),
    startLeft: (signal) =>
      stopped.startLeft(() => ({ environment, timeoutMs: START_MS, signal, onLine: () => undefined })),
  }
}

type AfterRun = HookRun & { readonly outcome: Outcome }
type CommandRun = HookRun & { readonly timeoutMs: number; readonly outcome: Outcome | undefined }

const holderOf = (run: Pick<Run, 'id'>, hook: Hook) => `${run.id}/${hook.id}`

function doing(hook: Hook): string {
  if (isDump(hook)) return `Dumping ${hookTitle(hook)}`
  return `${hook.kind === 'command' ? 'Running' : 'Stopping'} ${hookTitle(hook)}`
}

function undoing(hook: Hook): string {
  return hook.kind === 'docker-stop' ? `Starting ${hookTitle(hook)} again` : doing(hook)
}

/** The sentence of a hook that failed. */
function told(what: string, error: unknown): { sentence: string; next: string; cause: unknown } {
  const { message, next } = toHoldfastError(error)
  return { sentence: `${what} failed: ${message}`, next, cause: error }
}

/** docker answers with the name that it was given. */
function butNames(hook: Extract<Hook, { kind: 'docker-stop' }>, onLine: (line: string) => void) {
  return (line: string) => {
    if (line !== hook.container) onLine(line)
  }
}

/** Says which command can't be started, without the words of the file. */
async function startable<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const why = missing ? 'its program is not there.' : 'its program can’t be started.'
    throw new HoldfastError('HOOK_FAILED', why, {
      cause,
      next: `Look at it with: holdfast hook list (${id})`,
    })
  }
}

/** Dumps of hooks that the plan has no more would be backed up for ever, and so would half ones of a crash. */
async function clearOldDumps(dir: string, plan: Plan): Promise<void> {
  const wanted = new Set(plan.options.hooks.filter(isDump).map(dumpFile))
  const names = await readdir(dir).catch(() => [])
  for (const name of names) if (!wanted.has(name)) await rm(join(dir, name), { recursive: true, force: true })
}

/** Aborts some time after the run's signal has. */
function signalAfter(signal: AbortSignal): Disposable & { signal: AbortSignal } {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const count = () => {
    const why: unknown = signal.reason
    const shutdown = why instanceof RunStopped && why.kind === 'interrupted'
    const delayMs = shutdown ? AFTER_INTERRUPT_MS : AFTER_CANCEL_MS
    timer = setTimeout(() => later.abort(signal.reason), delayMs)
  }
  if (signal.aborted) count()
  else signal.addEventListener('abort', count, { once: true })
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', count)
    },
  }
}
