// `npm run bench`: the same tree through Holdfast, restic, borg and `tar | zstd`, and what each took. Prints a table
// in Markdown, or with --json one document. Every restore is compared with the tree before its time counts.
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type Place, TOOLS, type Tool } from './bench-tools.ts'
import { benchWorks, filesOf, type Step, type Work } from './bench-works.ts'

/** Seconds of wall clock, and the bytes that the vault held after the step (undefined for a restore). */
type Measure = {
  readonly tool: string
  readonly step: Step
  readonly seconds: number
  readonly bytes: number
}

const { values: options } = parseArgs({
  options: {
    tree: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    'vault-dir': { type: 'string', default: '/dev/shm' },
    only: { type: 'string' },
    work: { type: 'string', default: 'A' },
    json: { type: 'boolean', default: false },
  },
})

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const vaults = mkdtempSync(join(options['vault-dir'], 'holdfast-bench-'))
try {
  const tools = chosenTools()
  const wanted = options.work.split(',')
  const works = benchWorks(options.tree).filter(({ name }) => wanted.includes(name))
  const results = works.map((work) => runWork(work, tools))
  if (options.json) console.log(JSON.stringify(results, null, 2))
} finally {
  rmSync(scratch, { recursive: true, force: true })
  rmSync(vaults, { recursive: true, force: true })
}

function runWork(work: Work, tools: readonly Tool[]) {
  const tree = join(scratch, 'tree')
  work.make(tree)
  const size = sizeOf(tree)
  say(`${work.name}: ${size.files} files, ${size.bytes} bytes; ${options.rounds} rounds`)
  const measures = Array.from({ length: Number(options.rounds) }, (_, round) =>
    runRound(work, tools, tree, round),
  ).flat()
  rmSync(tree, { recursive: true, force: true })
  const facts = { ...size, rounds: Number(options.rounds), cores: cpus().length, node: process.version }
  if (!options.json) console.log(`\n${work.name}, ${work.title}: ${table(work, tools, facts, measures)}`)
  return { work: work.name, facts, measures }
}

function chosenTools(): Tool[] {
  const chosen = TOOLS.filter(
    ({ name }) => options.only === undefined || options.only.split(',').includes(name),
  )
  const missing = ['restic', 'borg', 'zstd', 'tar'].filter(
    (name) =>
      chosen.some((tool) => tool.name.includes(name)) && spawnSync(name, ['--version']).error !== undefined,
  )
  if (missing.length > 0)
    throw new Error(
      `Not on this machine: ${missing.join(', ')}. As root: apt-get install restic borgbackup zstd tar`,
    )
  return chosen
}

/** All tools do a step before any does the next, so that each sees the same tree; who begins changes by the round. */
function runRound(work: Work, tools: readonly Tool[], tree: string, round: number): Measure[] {
  const order = tools.map((_, i) => tools[(i + round) % tools.length] as Tool)
  const places = new Map(order.map((tool) => [tool, makePlace(tool, round)]))
  const placeOf = (tool: Tool): Place => places.get(tool) as Place
  for (const tool of order) runIfAny(tool.create(placeOf(tool)))
  const measures = work.steps.flatMap((step) => {
    if (step === 'changed') work.change(tree, round)
    return order.map((tool): Measure => {
      const seconds =
        step === 'restore all' ? restore(tool, placeOf(tool), tree) : backup(tool, placeOf(tool), tree, round)
      say(`round ${round + 1}  ${step.padEnd(16)} ${tool.name.padEnd(12)} ${seconds.toFixed(2)} s`)
      return { tool: tool.name, step, seconds, bytes: sizeOf(placeOf(tool).vault).bytes }
    })
  })
  for (const { vault, state } of places.values())
    for (const folder of [vault, state]) rmSync(folder, { recursive: true, force: true })
  return measures
}

function makePlace(tool: Tool, round: number): Place {
  const name = `${tool.name.replaceAll(/\W+/g, '-')}-${round}`
  const place = { vault: join(vaults, name), state: join(scratch, `state-${name}`) }
  for (const folder of [place.vault, place.state]) mkdirSync(folder, { recursive: true })
  return place
}

function backup(tool: Tool, place: Place, tree: string, round: number): number {
  return timed(tool.backup(place, tree, round))
}

function restore(tool: Tool, place: Place, tree: string): number {
  const target = join(scratch, 'restored')
  mkdirSync(target)
  const seconds = timed(tool.restore(place, tree, target))
  run({ run: ['diff', '--recursive', '--no-dereference', '--brief', tree, tool.restored(tree, target)] })
  rmSync(target, { recursive: true, force: true })
  return seconds
}

function sizeOf(folder: string): { files: number; bytes: number } {
  const files = filesOf(folder)
  return { files: files.length, bytes: files.reduce((sum, file) => sum + lstatSync(file).size, 0) }
}

function runIfAny(command: Command | undefined): void {
  if (command !== undefined) run(command)
}

function timed(command: Command): number {
  const start = performance.now()
  run(command)
  return (performance.now() - start) / 1000
}

function run({ run: [program, ...args], cwd, env }: Command): void {
  const ran = spawnSync(program, args, {
    cwd: cwd ?? scratch,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1024 * 1024 * 1024,
  })
  if (ran.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')} failed with ${ran.status ?? ran.signal}:\n${ran.stdout}${ran.stderr}`,
      {
        cause: ran.error,
      },
    )
}

function table(
  work: Work,
  tools: readonly Tool[],
  facts: Record<string, number | string>,
  measures: readonly Measure[],
): string {
  const head = [
    '',
    ...tools.map(({ name }) => `\`${name}\``),
    ...tools.slice(1).map(({ name }) => `${tools[0]?.name} / ${name}`),
  ]
  const rows = work.steps.map((step) => {
    const medians = tools.map(({ name }) => median(measures, name, step, (measure) => measure.seconds))
    return [
      step,
      ...medians.map((s) => `${s.toFixed(2)} s`),
      ...medians.slice(1).map((s) => ratio(medians[0], s)),
    ]
  })
  const stored = work.steps
    .filter((step) => step !== 'restore all')
    .map((step) => {
      const medians = tools.map(({ name }) => median(measures, name, step, (measure) => measure.bytes))
      return [
        `stored after ${step}`,
        ...medians.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`),
        ...medians.slice(1).map((bytes) => ratio(medians[0], bytes)),
      ]
    })
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const about = Object.entries(facts).map(([name, value]) => `${name} ${value}`)
  return [
    about.join(', '),
    '',
    line(head),
    line(head.map(() => '---')),
    ...[...rows, ...stored].map(line),
  ].join('\n')
}

function median(
  measures: readonly Measure[],
  tool: string,
  step: Step,
  of: (measure: Measure) => number,
): number {
  const numbers = measures.filter((measure) => measure.tool === tool && measure.step === step).map(of)
  numbers.sort((a, b) => a - b)
  return numbers[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function ratio(ours: number | undefined, theirs: number): string {
  return ((ours ?? Number.NaN) / theirs).toFixed(2)
}

function say(line: string): void {
  console.error(line)
}
