import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type ConflictRule, HoldfastError, PathMapping } from '@holdfast/domain'
import { resolvePlace } from '@holdfast/rclone'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { agentForNow } from '../agent/agent-for-now.ts'
import { requireThisMachine } from '../agent/this-machine.ts'
import { absolutePath } from '../argument-bytes.ts'
import { askShown, askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { readPassphrase } from '../passphrase.ts'
import { asPlaceText } from '../place/place-text.ts'
import type { Call } from '../program.ts'
import { followRestores } from '../recover-restores.ts'
import { dataLines, machineLines, recoveredLines, restoredLines } from '../recover-text.ts'

export type RecoverOptions = {
  kitText: string[]
  unlock?: string
  from?: string
  passphraseFile?: string
  list?: boolean
  machine?: string
  readOnly?: boolean
  takeOver?: boolean
  map: string[]
  token: string[]
  to?: string
  inPlace?: boolean
  data: boolean
  plan: string[]
  conflict: ConflictRule
}

type Found = Extract<Awaited<ReturnType<AgentClient['recover']['open']['mutate']>>, { kind: 'open' }>
type Machine = Found['machines'][number]

/** `holdfast recover [KIT]`: a machine comes back into this empty home, from its kit or its vault by hand. */
export async function recover(
  call: Call,
  kitFile: string | undefined,
  options: RecoverOptions,
): Promise<ExitCode> {
  const { settings, output } = call
  requireThisMachine(settings, 'A machine comes back')
  if (options.readOnly === true && options.takeOver === true)
    throw new HoldfastError('USAGE', 'Either --read-only or --take-over.')
  const mappings = options.map.map(parseMapping)
  const kit = await readKit(kitFile, options.kitText)
  const cwd = Buffer.from(settings.cwd).toString()
  const place = options.from === undefined ? null : resolvePlace(asPlaceText(options.from), cwd)
  await using forNow = await agentForNow(settings)
  return await callAgent(settings, async (agent) => {
    const before = await agent.recover.state.query()
    const isDone = before.kind === 'recovered' || before.standings.length > 0
    if (kit === null && place === null && !isDone)
      throw new HoldfastError('USAGE', 'Which recovery kit? Or give the vault with --from.')
    if (kit === null && place === null) return await goOn(call, agent, { options, started: forNow.started })

    const found = await open(call, agent, { kit, place, options, kitFile })
    for (const note of found.notes) output.note(note)
    if (options.list === true) {
      output.answer(found, machineLines(found.machines))
      return EXIT.ok
    }
    const machine = await chooseMachine(call, found, options)
    const how = await chooseHow(call, machine, options)
    const { vault } = found
    const recovered = await agent.recover.bring.mutate({ vault, writer: machine.writer, how, mappings })
    for (const note of recovered.notes) output.note(note)
    const { restored, exit } = await bringData(call, agent, options)
    const state = await resumed(agent, how)
    output.answer({ ...recovered, restored, waiting: state.waiting }, [
      ...recoveredLines(recovered),
      ...restoredLines(restored),
      ...lastLines(state, how, forNow.started),
    ])
    return exit
  })
}

/** In a home that was recovered already: take over, bring data back, go on. */
async function goOn(
  call: Call,
  agent: AgentClient,
  { options, started }: { options: RecoverOptions; started: boolean },
): Promise<ExitCode> {
  const { standings } = await agent.recover.state.query()
  if (options.takeOver === true)
    for (const { vault } of standings) await agent.recover.takeOver.mutate({ vault })
  if (options.unlock !== undefined) await unlock(call, agent, { options, wanted: options.unlock })
  const { kind } = await agent.recover.state.query()
  const { restored, exit } =
    kind === 'recovered' ? await bringData(call, agent, options) : { restored: [], exit: EXIT.ok }
  const after = await agent.recover.state.query()
  const how = after.standings.length > 0 ? 'read-only' : 'take-over'
  const state = kind === 'recovered' ? await resumed(agent, how) : after
  const machines = standings.map(({ machine }) => machine).join(', ')
  call.output.answer({ ...state, restored }, [
    ...(options.takeOver === true && machines !== ''
      ? [`This installation writes as ${machines} from now on.`]
      : []),
    ...restoredLines(restored),
    ...lastLines(state, how, started),
  ])
  return exit
}

/** Another vault of the machine that came back, by its own passphrase. */
async function unlock(
  call: Call,
  agent: AgentClient,
  { options, wanted }: { options: RecoverOptions; wanted: string },
): Promise<void> {
  const { locked } = await agent.recover.state.query()
  const found = locked.find(({ vault, name, place }) => [vault, name, place].includes(wanted))
  if (found === undefined) {
    const names = locked.map(({ place }) => place).join(', ')
    throw new HoldfastError('USAGE', `No vault ${wanted} waits to be opened.`, {
      next: names === '' ? 'All are open.' : `These do: ${names}.`,
    })
  }
  const passphrase = found.encrypted ? await passphraseFor(call, options, found.place) : null
  await agent.recover.unlock.mutate({ vault: found.vault, passphrase })
}

async function open(
  { settings, output }: Call,
  agent: AgentClient,
  {
    kit,
    place,
    options,
    kitFile,
  }: {
    kit: string | null
    place: ReturnType<typeof resolvePlace> | null
    options: RecoverOptions
    kitFile: string | undefined
  },
): Promise<Found> {
  const passphrase = await passphraseFor(
    { settings, output },
    options,
    kitFile ?? options.kitText[0] ?? options.from ?? '',
  )
  const tokens = await readTokens(options.token)
  const found = await agent.recover.open.mutate({ kit, place, passphrase, tokens })
  if (found.kind === 'open') return found
  const wanted = found.remotes.map(({ name, command }) => `${name} (${command})`).join(', ')
  throw new HoldfastError('REMOTE_DENIED', `Sign in again: ${wanted}.`, {
    next: 'Run the command where there is a browser, save what it prints, and give it as --token REMOTE=FILE.',
  })
}

/** A plain vault has none; then nothing needs to be given. */
async function passphraseFor(
  { settings }: Call,
  options: RecoverOptions,
  place: string,
): Promise<string | null> {
  const given = options.passphraseFile !== undefined || (settings.passphrase ?? '') !== ''
  if (!given && !process.stdin.isTTY) return null
  return await readPassphrase(settings, { file: options.passphraseFile, confirm: false, place })
}

async function chooseMachine(
  { settings, output }: Call,
  found: Found,
  options: RecoverOptions,
): Promise<Machine> {
  const { machines } = found
  const [only, second] = machines
  if (only === undefined)
    throw new HoldfastError('NOTHING_SELECTED', `No machine has backed up into ${found.place} yet.`)
  if (options.machine !== undefined) {
    const { machine: name } = options
    const named = machines.filter(({ machine, writer }) => machine === name || writer === name)
    const [one, another] = named
    if (one !== undefined && another === undefined) return one
    const why = one === undefined ? `There is no machine ${name} in this vault` : `Several are called ${name}`
    throw new HoldfastError('USAGE', `${why}: ${namesOf(machines)}.`)
  }
  if (second === undefined) return only
  if (!isTerminal()) throw new HoldfastError('USAGE', `Which machine? Give --machine: ${namesOf(machines)}.`)
  for (const line of machineLines(machines)) output.said({ type: 'machine', line }, line)
  const typed = Number(await askShown(`Which one, 1 to ${machines.length}? `, settings.signal))
  const chosen = machines[typed - 1]
  if (chosen === undefined) throw new HoldfastError('USAGE', 'There is no machine of this number.')
  return chosen
}

async function chooseHow(
  { settings, output }: Call,
  { machine, claimed }: Machine,
  options: RecoverOptions,
): Promise<'read-only' | 'take-over'> {
  if (options.takeOver === true) return 'take-over'
  if (options.readOnly === true) return 'read-only'
  if (!isTerminal())
    throw new HoldfastError('USAGE', `Give --take-over to go on as ${machine} here, or --read-only.`)
  if (claimed !== null && !claimed.byThisOne)
    output.note(`If the old ${machine} still runs, it stops backing up once this one takes over.`)
  const yes = await askYes(`Take ${machine} over, so that its backups go on here?`, settings.signal)
  return yes ? 'take-over' : 'read-only'
}

/** Says what would come back, and brings it back when somebody wants it. */
async function bringData(call: Call, agent: AgentClient, options: RecoverOptions) {
  const { settings, output } = call
  const nothing = { restored: [], exit: EXIT.ok }
  if (!options.data) return nothing
  const all = await agent.recover.data.query()
  const wanted = new Set(options.plan)
  const data = all.filter(({ planId, name }) => wanted.size === 0 || wanted.has(planId) || wanted.has(name))
  if (data.length === 0) return nothing
  for (const line of dataLines(data)) output.said({ type: 'data', line }, line)
  const targetDir = await chooseTarget(call, options)
  if (targetDir === undefined) return nothing
  const planIds = data.map(({ planId }) => planId)
  await agent.recover.restore.mutate({ planIds, targetDir, conflict: options.conflict })
  return await followRestores(agent, { output, signal: settings.signal })
}

async function chooseTarget(
  { settings, output }: Call,
  options: RecoverOptions,
): Promise<string | null | undefined> {
  if (options.inPlace === true) return null
  if (options.to !== undefined) return absolutePath(options.to, settings.cwd).toString()
  if (!isTerminal()) {
    output.note('No file was brought back: give --in-place, or --to DIR.')
    return undefined
  }
  if (await askYes('Bring the files back to these places now?', settings.signal)) return null
  return undefined
}

function resumed(agent: AgentClient, how: 'read-only' | 'take-over') {
  return how === 'take-over' ? agent.recover.resume.mutate({}) : agent.recover.state.query()
}

function lastLines(
  { waiting, locked }: Awaited<ReturnType<typeof resumed>>,
  how: 'read-only' | 'take-over',
  started: boolean,
): string[] {
  return [
    ...(how === 'read-only'
      ? ['Nothing is backed up from here. Take over later with `holdfast recover --take-over`.']
      : waiting
          .filter(({ missing }) => missing.length > 0)
          .map(
            ({ name, missing }) => `${name} stays paused until its files are back: ${missing.join(', ')}.`,
          )),
    ...locked.map(
      ({ place, plans }) =>
        `${plans.join(', ')}: in another vault. Open it: holdfast recover --unlock ${place}`,
    ),
    ...(started ? ['Start the agent, so that backups go on: npm start'] : []),
  ]
}

function parseMapping(text: string): PathMapping {
  const equals = text.indexOf('=')
  const parsed = PathMapping.safeParse({
    from: text.slice(0, Math.max(0, equals)),
    to: text.slice(equals + 1),
  })
  if (equals > 0 && parsed.success) return parsed.data
  throw new HoldfastError('USAGE', `--map ${text}: two absolute paths with = between, please.`)
}

/** The kit as its file has it, or the texts of its codes one after the other; the agent puts them together. */
async function readKit(kitFile: string | undefined, texts: readonly string[]): Promise<string | null> {
  if (kitFile !== undefined && texts.length > 0)
    throw new HoldfastError('USAGE', 'Either the file of the kit, or the texts of its codes.')
  const files = kitFile === undefined ? texts : [kitFile]
  if (files.length === 0) return null
  const read: string[] = []
  for (const file of files) read.push(await readKitFile(file))
  return read.join('\n')
}

async function readKitFile(file: string): Promise<string> {
  let kit: string
  try {
    kit = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', `The recovery kit ${file} can't be read.`, { cause })
  }
  if (!kit.startsWith('%PDF-')) return kit
  throw new HoldfastError('INPUT_INVALID', `${file} is the printed page of a kit.`, {
    next: 'Scan its codes, and give their texts with --kit-text; or give the kit as a file.',
  })
}

async function readTokens(given: readonly string[]): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  for (const text of given) {
    const equals = text.indexOf('=')
    if (equals < 1) throw new HoldfastError('USAGE', '--token REMOTE=FILE, please.')
    tokens[text.slice(0, equals)] = await readFile(text.slice(equals + 1), 'utf8').catch((cause: unknown) => {
      throw new HoldfastError('INPUT_INVALID', `The file of --token ${text} can't be read.`, { cause })
    })
  }
  return tokens
}

function namesOf(machines: readonly Machine[]): string {
  return machines.map(({ machine, writer }) => `${machine} (${writer})`).join(', ')
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}
