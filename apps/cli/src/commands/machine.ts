import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

const ASK_EVERY_MS = 1000

type Machine = Awaited<ReturnType<AgentClient['machine']['list']['query']>>[number]

/** `holdfast machine list`. */
export async function machineList({ settings, output }: Call): Promise<ExitCode> {
  const machines = await callAgent(settings, (agent) =>
    agent.machine.list.query(undefined, { signal: settings.signal }),
  )
  const rows = machines.map((machine) => [
    ...[machine.name, machine.verdict.state, localTime(new Date(machine.heardAt))],
    ...[machine.problem?.sentence ?? '', machine.origin],
  ])
  const table = tableOf(['name', 'says', 'heard', 'problem', 'address'], rows)
  output.answer(machines, rows.length === 0 ? ['No other machine is watched.'] : table)
  return EXIT.ok
}

/** `holdfast machine find`. */
export async function machineFind({ settings, output }: Call): Promise<ExitCode> {
  const found = await callAgent(settings, (agent) =>
    agent.machine.nearby.query(undefined, { signal: settings.signal }),
  )
  const rows = found.map(({ name, origin }) => [name, origin])
  output.answer(
    found,
    rows.length === 0
      ? [
          'No other machine answers on this network. On that one, run `holdfast lan on`; or add it by its address.',
        ]
      : tableOf(['name', 'address'], rows),
  )
  return EXIT.ok
}

/** `holdfast machine add URL CODE`: the fingerprint is compared before the code is sent. */
export async function machineAdd(
  { settings, output }: Call,
  address: string,
  code: string,
  options: { fingerprint?: string; silentAfter: number },
): Promise<ExitCode> {
  const { signal } = settings
  const fingerprint = options.fingerprint ?? (await compared({ settings, output }, address))
  const { machine } = await callAgent(settings, async (agent) => {
    const request = { address, code, fingerprint, silentAfterHours: options.silentAfter }
    let answer = await agent.machine.add.mutate(request, { signal })
    if (answer.kind === 'waiting')
      output.note(
        `Waiting until an owner there lets this machine in. Their screen has to show the number ${answer.number}.`,
      )
    while (answer.kind === 'waiting') {
      await wait(ASK_EVERY_MS, undefined, { signal })
      answer = await agent.machine.collect.mutate({ ticket: answer.ticket }, { signal })
    }
    return answer
  })
  output.answer(machine, [
    `“${machine.name}” is watched now. ${machine.verdict.sentence}`,
    `When it is silent for more than ${machine.silentAfterHours} hours, you are told.`,
  ])
  return EXIT.ok
}

/** `holdfast machine ask MACHINE`. */
export async function machineAsk({ settings, output }: Call, text: string): Promise<ExitCode> {
  const { signal } = settings
  const machine = await callAgent(settings, async (agent) => {
    const { id } = await findMachine(agent, text, signal)
    return await agent.machine.ask.mutate({ id }, { signal })
  })
  const { problem, name, verdict } = machine
  output.answer(
    machine,
    problem === null ? [`${name} answers. ${verdict.sentence}`] : [problem.sentence, problem.next],
  )
  return problem === null ? EXIT.ok : EXIT.failed
}

/** `holdfast machine silence MACHINE HOURS`. */
export async function machineSilence(
  { settings, output }: Call,
  text: string,
  silentAfterHours: number,
): Promise<ExitCode> {
  const { signal } = settings
  const machine = await callAgent(settings, async (agent) => {
    const { id } = await findMachine(agent, text, signal)
    return await agent.machine.setSilence.mutate({ id, silentAfterHours }, { signal })
  })
  output.answer(machine, [`“${machine.name}” may be silent for ${silentAfterHours} hours.`])
  return EXIT.ok
}

/** `holdfast machine remove MACHINE`. */
export async function machineRemove({ settings, output }: Call, text: string): Promise<ExitCode> {
  const { signal } = settings
  const { id, name } = await callAgent(settings, async (agent) => {
    const found = await findMachine(agent, text, signal)
    await agent.machine.remove.mutate({ id: found.id }, { signal })
    return found
  })
  output.answer({ removed: id }, [`“${name}” is watched no more. It still has this machine in its devices.`])
  return EXIT.ok
}

/** The fingerprint that a person said is the right one. USAGE when nobody is here. */
async function compared({ settings }: Call, address: string): Promise<string> {
  const { signal } = settings
  if (!process.stdin.isTTY)
    throw new HoldfastError('USAGE', 'Nobody is here to compare the fingerprint of its certificate.', {
      next: 'Give the one that `holdfast trust` prints on that machine: --fingerprint SHA256',
    })
  const shown = await callAgent(settings, (agent) => agent.machine.look.query({ address }, { signal }))
  process.stderr.write(
    `${shown.origin} shows a certificate with this fingerprint (SHA-256):\n${shown.fingerprint}\n`,
  )
  if (await askYes('Is it the one that `holdfast trust` prints on that machine?', signal))
    return shown.fingerprint
  throw new HoldfastError('CANCELLED', 'Nothing was sent.', {
    next: 'Add a machine only when the fingerprints agree.',
  })
}

async function findMachine(agent: AgentClient, text: string, signal: AbortSignal): Promise<Machine> {
  const machines = await agent.machine.list.query(undefined, { signal })
  const found = machines.filter(({ id, name, origin }) => [id, name, origin].includes(text))
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  throw new HoldfastError(
    'INPUT_INVALID',
    only === undefined ? `No machine "${text}" is watched.` : `Several machines are called "${text}".`,
    { next: 'List them with `holdfast machine list`, and give the id.' },
  )
}
