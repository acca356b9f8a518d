import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LanStatus } from '@holdfast/api'
import { type FinishedRun, toHoldfastError } from '@holdfast/domain'
import { ZodError } from 'zod'
import { drawToken, publishAgentFile } from './agent-file.ts'
import type { AgentConfig } from './config.ts'
import { type AgentContext, createContext, type Overrides } from './context.ts'
import { prepareDemo } from './demo.ts'
import { keepStartingContainers } from './hooks/keep-starting-containers.ts'
import { lockHome } from './lock-home.ts'
import { startHttpServer } from './serve/http-server.ts'
import { createSignIn } from './serve/sign-in.ts'
import { openSite } from './serve/static-site.ts'

export { AgentFile } from './agent-file.ts'
export { type AgentConfig, readConfig } from './config.ts'
export type { AgentLogLine, Overrides } from './context.ts'

/** A running agent. Disposing stops its runs, its server and its rclone, and resolves when all have ended. */
export type Agent = AsyncDisposable & {
  /** Where browsers on this machine reach it: `http://localhost:8421`. */
  readonly address: string
  readonly port: number
  /** The token of this machine's CLI, also in agent.json. */
  readonly token: string
  /** Draws a one-time code for a new device, in place of an earlier one. For the machine's own screen. */
  issueCode(): string
  hasDevices(): Promise<boolean>
  /** Where other devices on the network reach it. */
  lan(): Promise<LanStatus>
}

/**
 * Starts the agent on its home: settles what an earlier one left unfinished, sets every plan's bell, serves. Rejects
 * with HOME_IN_USE, PORT_IN_USE, RCLONE_MISSING, RCLONE_OLD, DATABASE_NEWER or CONFIG_DAMAGED; nothing runs then.
 */
export async function startAgent(config: AgentConfig, overrides: Overrides = {}): Promise<Agent> {
  await using stack = new AsyncDisposableStack()
  stack.use(await lockHome(config.home))
  // Whoever ends by itself takes this file along.
  const crashed = existsSync(join(config.home, 'agent.json'))
  // First, for whatever is made below may use these folders from its first moment.
  await clearLeftovers(config.home, overrides.onLog)
  const context = stack.use(await createContext(config, overrides))
  const { history, log } = context
  const interrupted = await history.runs.settleInterrupted(context.now())
  for (const run of interrupted)
    log({ level: 'warn', text: `Run ${run.id} was interrupted when Holdfast stopped.` })

  await history.restores.settleInterrupted(context.now())

  // The first of these takes long, and the first screen waits for it.
  await history.homeFacts({ now: context.now(), stripDays: 14, recentRuns: 5 })

  const token = drawToken(context.random)
  const contextOf = createSignIn({
    ...{ devices: history.devices, ports: context.ports, cliToken: token, now: context.now },
    ...{ revokedSignal: context.revokedSignal, isConfirmed: context.isConfirmed },
    events: (last, signal, revoked) => context.live.subscribe(last, { signal, revoked }),
    onError: (error) => log({ level: 'error', text: 'A device could not be noted.', error }),
  })
  const server = stack.use(
    await startHttpServer({
      ...{ bind: config.bind, port: config.port, origins: config.origins, contextOf },
      lanOrigins: context.lan.origins,
      site: await openSite(config.webDir),
      download: (token, device) => {
        const found = context.downloads.find(token, device)
        return found && { ...found, stop: context.revokedSignal(device) }
      },
      metrics: context.metrics,
      onError: (path, error) => {
        // What has a code was answered with it; only what nobody foresaw is worth a line.
        if (toHoldfastError(error).code === 'INTERNAL' && !(error instanceof ZodError))
          log({ level: 'error', text: `The request ${path ?? ''} failed.`, error })
      },
    }),
  )
  context.servesAt(server.address)
  // Ends before the server whose answers it gives.
  await stack.use(context.lan).serve(server.fetch)
  stack.use(
    await publishAgentFile(config.home, {
      address: server.address,
      token,
      pid: process.pid,
      version: config.version,
    }),
  )
  stack.use(keepStartingContainers(context.hooks, log))
  for (const plan of await history.plans.list())
    await context.schedules.set(plan.id).catch((error: unknown) => {
      // One plan that can't be scheduled must not keep the others, and the screens, from starting.
      log({ level: 'error', text: `The plan ${plan.name} could not be scheduled.`, error })
    })
  if (crashed || interrupted.length > 0) await tellOfCrash(context, interrupted)
  if (config.demo) await prepareDemo(context)

  const owned = stack.move()
  return {
    ...{ address: server.address, port: server.port, token },
    issueCode: () => context.code.issue(),
    lan: () => context.lan.port.get(),
    hasDevices: async () => (await history.devices.list()).length > 0,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Somebody should know that the agent did not end by itself, though the runs are done again. */
async function tellOfCrash({ know, history }: AgentContext, runs: readonly FinishedRun[]): Promise<void> {
  const names = new Map<string, string>((await history.plans.list()).map(({ id, name }) => [id, name]))
  const plans = [...new Set(runs.map(({ planId }) => names.get(planId) ?? planId))].join(', ')
  await know.tellOfCrash(
    plans === ''
      ? 'Nothing was being backed up.'
      : `It was backing up ${plans}. What was done is kept, and the rest is done with the next run.`,
  )
}

/**
 * Files that a killed agent's engines left: bytes that waited for their upload, and files restored as a proof. An engine
 * takes a moment to notice that its agent is gone and may still be writing, so a folder that fills again is tried for
 * some ten seconds. What stays all the same takes room until the next start, and keeps nobody from starting.
 */
async function clearLeftovers(home: string, onLog: Overrides['onLog']): Promise<void> {
  const spool = join(home, 'spool')
  const names = await readdir(spool).catch(() => [])
  const ours = names.filter((name) => /^(run|restore|copy)-|^agent$/.test(name))
  const folders = [join(home, 'proof'), join(home, 'drill'), ...ours.map((name) => join(spool, name))]
  for (const folder of folders)
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }).catch(
      (error: unknown) =>
        onLog?.({ level: 'warn', text: `${folder}, left by an earlier start, could not be removed.`, error }),
    )
}
