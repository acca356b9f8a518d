import { HoldfastError, type Run } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { shownRun, stateOf } from '../top/top-state.ts'
import { createTopStore } from '../top/top-store.ts'
import { lookAtHome, lookAtLog, watchAgent } from '../top/watch-agent.ts'

/**
 * `holdfast top [--once]`: verdict, plans, the run of one and its log, live on the terminal until q. With `--once` one
 * frame as plain text, and exit code 1 while a plan is failing.
 */
export async function top(call: Call, options: { once?: boolean }): Promise<ExitCode> {
  const { settings, output } = call
  if (options.once === true) return await once(call)
  if (output.json)
    throw new HoldfastError('USAGE', 'The terminal screen has no JSON form.', {
      next: 'Use `holdfast top --once --json`, or `holdfast status --json`.',
    })
  const isTerminal = process.stdout.isTTY && process.stdin.isTTY && settings.userVariables.TERM !== 'dumb'
  if (!isTerminal)
    throw new HoldfastError('USAGE', '`holdfast top` needs a terminal, for the screen and for the keys.', {
      next: 'Use `holdfast top --once` for one frame as plain text.',
    })
  // Before the screen opens: what is wrong now is said on the ordinary one.
  const store = createTopStore(stateOf(await lookAtHome(settings, settings.signal)))
  const { showScreen } = await import('../top/top-screen.ts')
  const quit = new AbortController()
  const signal = AbortSignal.any([settings.signal, quit.signal])
  const acts = {
    start: async (planId: Run['planId']) => {
      await callAgent(settings, (agent) => agent.run.start.mutate({ planId }, { signal }))
    },
    cancel: async (id: Run['id']) => {
      await callAgent(settings, (agent) => agent.run.cancel.mutate({ id }, { signal }))
    },
  }
  const watching = watchAgent(settings, store, signal).finally(() => quit.abort())
  // It may fail while the screen still closes.
  watching.catch(() => undefined)
  try {
    await showScreen(store, { acts, colours: settings.colours, signal })
  } finally {
    quit.abort()
  }
  await watching
  return settings.signal.aborted ? EXIT.cancelled : EXIT.ok
}

async function once({ settings, output }: Call): Promise<ExitCode> {
  const { signal } = settings
  const state = stateOf(await lookAtHome(settings, signal))
  const run = shownRun(state)
  const lines = run === undefined ? [] : await lookAtLog(settings, run.id, signal)
  const whole = { ...state, log: run && { runId: run.id, fetched: lines, heard: [] } }
  const { plainFrame } = await import('../top/top-screen.ts')
  const frame = plainFrame(whole, process.stdout.columns || 80)
  output.answer(
    { home: state.home, run: run ?? null, log: lines },
    frame.split('\n').map((text) => text.trimEnd()),
  )
  return state.home.verdict.state === 'failing' ? EXIT.failed : EXIT.ok
}
