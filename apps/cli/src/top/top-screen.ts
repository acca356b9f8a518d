import { isHoldfastError, type PlanId, type RunId, toHoldfastError } from '@holdfast/domain'
import { Box, render, renderToString, useApp, useInput, useWindowSize } from 'ink'
import { createElement as h, type ReactElement, useState, useSyncExternalStore } from 'react'
import { LogFrame, line, SMALLEST, TopFrame } from './top-frame.ts'
import { chosen, linesOfLog, shownRun, type TopState, withChoice } from './top-state.ts'
import type { TopStore } from './top-store.ts'

export type Acts = { start(plan: PlanId): Promise<void>; cancel(run: RunId): Promise<void> }
export type ScreenOptions = { readonly acts: Acts; readonly colours: boolean; readonly signal: AbortSignal }

const KEYS = 'r run  c cancel  l log  ? help  q quit'
const WIDE_KEYS = `↑↓ plan  ${KEYS}`
const HELP = [
  'Keys',
  '',
  '  up, down, k, j   choose a plan',
  '  r                run the chosen plan now',
  '  c                cancel its run, after a question',
  '  l                the whole log; up and down, page up and down move in it',
  '  q, Ctrl-C        quit; runs go on',
  '',
  'Marks: ✓ protected   ! at risk   ✗ failing   ? unknown',
]

/** Shows the store on the terminal until somebody quits or `signal` aborts; the terminal is as before then. */
export async function showScreen(store: TopStore, options: ScreenOptions): Promise<void> {
  const screen = render(h(Screen, { store, ...options }), {
    ...{
      alternateScreen: true,
      exitOnCtrlC: true,
      interactive: true,
      incrementalRendering: true,
      maxFps: 10,
    },
  })
  const leave = () => screen.unmount()
  options.signal.addEventListener('abort', leave)
  try {
    await screen.waitUntilExit()
  } finally {
    options.signal.removeEventListener('abort', leave)
  }
}

/** One frame as plain text, of any height. */
export function plainFrame(state: TopState, columns: number): string {
  return renderToString(h(TopFrame, { state, columns, rows: undefined, colours: false, footer: '' }), {
    columns,
  })
}

type Mode = 'plans' | 'log' | 'help'
type Question = { readonly run: RunId; readonly plan: string }

function Screen({ store, acts, colours }: ScreenOptions & { store: TopStore }): ReactElement {
  const state = useSyncExternalStore(store.subscribe, store.get)
  const { exit } = useApp()
  const size = useWindowSize()
  const [mode, setMode] = useState<Mode>('plans')
  const [back, setBack] = useState(0)
  const [question, setQuestion] = useState<Question>()
  const [said, setSaid] = useState('')
  // The last line stays free: a full screen makes some terminals scroll.
  const rows = size.rows - 1
  const { columns } = size

  const act = (doing: string, work: Promise<void>, done: string) => {
    setSaid(doing)
    work.then(
      () => setSaid(done),
      (error: unknown) => {
        if (!isHoldfastError(error, 'CANCELLED')) setSaid(sentences(error))
      },
    )
  }
  const onPlansKey = (input: string) => {
    const card = chosen(state)
    const run = shownRun(state)
    if (input === 'r' && card !== undefined)
      act(`Starting ${card.plan.name}…`, acts.start(card.plan.id), `Started ${card.plan.name}.`)
    if (input !== 'c' || card === undefined) return
    if (run === undefined || run.state === 'finished') setSaid(`${card.plan.name} does not run now.`)
    else setQuestion({ run: run.id, plan: card.plan.name })
  }

  useInput((input, key) => {
    if (question !== undefined) {
      setQuestion(undefined)
      if (input === 'y')
        act(
          `Stopping ${question.plan}…`,
          acts.cancel(question.run),
          `The run of ${question.plan} has stopped.`,
        )
      else setSaid('Nothing was cancelled.')
      return
    }
    if (input === 'q') return exit()
    setSaid('')
    const move = key.upArrow || input === 'k' ? -1 : key.downArrow || input === 'j' ? 1 : 0
    if (mode === 'log') {
      const page = key.pageUp ? -(rows - 3) : key.pageDown ? rows - 3 : move
      const most = Math.max(0, linesOfLog(state).length - (rows - 2))
      setBack(Math.min(most, Math.max(0, back - page)))
    } else if (mode === 'plans' && move !== 0) store.update((now) => withChoice(now, move))
    if (input === 'l' || input === '?' || key.escape) {
      setBack(0)
      const wanted = input === 'l' ? 'log' : input === '?' ? 'help' : 'plans'
      setMode(wanted === mode ? 'plans' : wanted)
    } else if (mode === 'plans') onPlansKey(input)
  })

  if (columns < SMALLEST.columns || rows < SMALLEST.rows)
    return tooSmall(`${columns}×${size.rows}`, `${SMALLEST.columns}×${SMALLEST.rows + 1}`)
  if (mode === 'help')
    return h(
      Box,
      { flexDirection: 'column', height: rows },
      ...HELP.map((text, i) => line(`${i}`, text || ' ')),
    )
  const footer =
    question === undefined
      ? said || (columns < WIDE_KEYS.length ? KEYS : WIDE_KEYS)
      : `Cancel the run of ${question.plan}? What is stored stays. y/n`
  if (mode === 'log')
    return h(LogFrame, { state, back, columns, rows, colours, footer: said || 'l or Esc back  q quit' })
  return h(TopFrame, { state, columns, rows, colours, footer })
}

function tooSmall(size: string, needed: string): ReactElement {
  return h(
    Box,
    { flexDirection: 'column' },
    line('1', `This terminal is ${size}.`),
    line('2', `Make it ${needed} or larger.`),
    line('3', 'q quits.'),
  )
}

function sentences(error: unknown): string {
  const { message, next } = toHoldfastError(error)
  return `${message} ${next}`
}
