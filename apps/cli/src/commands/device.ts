import { HoldfastError } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { requireThisMachine } from '../agent/this-machine.ts'
import { askHidden, askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

type Device = Awaited<ReturnType<AgentClient['device']['list']['query']>>[number]
export type DeviceRole = Device['role']

/** `holdfast device list`. */
export async function deviceList({ settings, output }: Call): Promise<ExitCode> {
  const devices = await callAgent(settings, (agent) =>
    agent.device.list.query(undefined, { signal: settings.signal }),
  )
  const rows = devices.map(({ id, name, role, lastSeenAt }) => [
    ...[name, role, localTime(new Date(lastSeenAt)), id],
  ])
  output.answer(
    devices,
    rows.length === 0 ? ['No device is paired.'] : tableOf(['name', 'may', 'seen', 'id'], rows),
  )
  return EXIT.ok
}

/** `holdfast device rename DEVICE NAME`. */
export async function deviceRename(
  { settings, output }: Call,
  text: string,
  name: string,
): Promise<ExitCode> {
  const { signal } = settings
  const device = await callAgent(settings, async (agent) => {
    const found = await findDevice(agent, text, signal)
    await agent.device.rename.mutate({ id: found.id, name }, { signal })
    return found
  })
  output.answer({ id: device.id, name }, [`“${device.name}” is “${name}” now.`])
  return EXIT.ok
}

/** `holdfast device revoke DEVICE`: its sessions and live streams end at once. */
export async function deviceRevoke({ settings, output }: Call, text: string): Promise<ExitCode> {
  const { signal } = settings
  const device = await callAgent(settings, async (agent) => {
    const found = await findDevice(agent, text, signal)
    await agent.device.revoke.mutate({ id: found.id }, { signal })
    return found
  })
  output.answer({ revoked: device.id }, [`“${device.name}” is shut out.`])
  return EXIT.ok
}

/** `holdfast device pair-code [--role ROLE]`: a one-time code for another device, in place of any other. */
export async function devicePairCode(
  { settings, output }: Call,
  options: { role: DeviceRole },
): Promise<ExitCode> {
  const { role } = options
  const { code, expiresAt, link } = await callAgent(settings, (agent) =>
    agent.device.issueCode.mutate({ role }, { signal: settings.signal }),
  )
  output.answer({ code, role, expiresAt, link }, [
    output.bold(code),
    `Lets one device in as ${role}, once, until ${localTime(new Date(expiresAt))}.`,
    `In a browser: ${link}`,
    `On another computer: holdfast pair ${link}`,
  ])
  return EXIT.ok
}

/** `holdfast device approve [NUMBER] [--role ROLE]`: lets the device in that shows this number; lists who waits. */
export async function deviceApprove(
  { settings, output }: Call,
  number: string | undefined,
  options: { role?: DeviceRole },
): Promise<ExitCode> {
  const { signal } = settings
  if (number === undefined) {
    const waiting = await callAgent(settings, (agent) => agent.device.waiting.query(undefined, { signal }))
    const rows = waiting.map(({ number, name, role, address, expiresAt }) => [
      ...[number, name, role, address, localTime(new Date(expiresAt))],
    ])
    const table = tableOf(['number', 'name', 'may', 'from', 'until'], rows)
    output.answer(waiting, rows.length === 0 ? ['No device waits to be let in.'] : table)
    return EXIT.ok
  }
  const device = await callAgent(settings, async (agent) => {
    const { id, name, role } = await findWaiting(agent, number, signal)
    const chosen = options.role ?? role
    await agent.device.approve.mutate({ id, role: chosen }, { signal })
    return { id, name, role: chosen }
  })
  output.answer(device, [`“${device.name}” is let in, as ${device.role}.`])
  return EXIT.ok
}

/** `holdfast device deny NUMBER`: turns the device down that shows this number. */
export async function deviceDeny({ settings, output }: Call, number: string): Promise<ExitCode> {
  const { signal } = settings
  const { id, name } = await callAgent(settings, async (agent) => {
    const found = await findWaiting(agent, number, signal)
    await agent.device.deny.mutate({ id: found.id }, { signal })
    return found
  })
  output.answer({ denied: id }, [`“${name}” is turned down.`])
  return EXIT.ok
}

/** `holdfast device confirm`: a code that confirms for five minutes, at another device, that its person is the owner. */
export async function deviceConfirm({ settings, output }: Call): Promise<ExitCode> {
  requireThisMachine(settings, 'A code to confirm with is shown')
  const { code, expiresAt } = await callAgent(settings, (agent) =>
    agent.device.issueConfirmCode.mutate(undefined, { signal: settings.signal }),
  )
  output.answer({ code, expiresAt }, [
    `To be typed at the device that asks for it, once, until ${localTime(new Date(expiresAt))}: ${output.bold(code)}`,
  ])
  return EXIT.ok
}

/** `holdfast device pin`: asks twice for the PIN of this computer, at the agent elsewhere that `--agent` names. */
export async function devicePin({ settings, output }: Call): Promise<ExitCode> {
  const { signal, agent } = settings
  if (agent === undefined)
    throw new HoldfastError('USAGE', 'The console of the machine itself is not asked for a PIN.', {
      next: 'Give --agent with the address of another machine.',
    })
  if (!process.stdin.isTTY) throw new HoldfastError('USAGE', 'A PIN is typed at a terminal only.')
  const pin = await askHidden('New PIN, six digits or more: ', signal)
  if ((await askHidden('The same again: ', signal)) !== pin)
    throw new HoldfastError('USAGE', 'The two differ.', { next: 'Start again.' })
  await callAgent(settings, (there) => there.device.setPin.mutate({ pin }, { signal }))
  output.answer({ hasPin: true }, ['This computer has its PIN.'])
  return EXIT.ok
}

/** `holdfast auth reset`: on the machine itself, for whoever lost every device: all are shut out, one owner may come. */
export async function authReset({ settings, output }: Call, options: { yes?: boolean }): Promise<ExitCode> {
  const { signal } = settings
  requireThisMachine(settings, 'Everybody is shut out')
  if (options.yes !== true) await confirm(signal)
  const { revoked, issued } = await callAgent(settings, async (agent) => {
    const devices = await agent.device.list.query(undefined, { signal })
    for (const { id } of devices) await agent.device.revoke.mutate({ id }, { signal })
    return {
      revoked: devices.map(({ id }) => id),
      issued: await agent.device.issueCode.mutate({ role: 'owner' }, { signal }),
    }
  })
  const { code, expiresAt, link } = issued
  output.answer({ revoked, code, expiresAt, link }, [
    `Shut out: ${revoked.length}. Plans, history and vaults are as they were.`,
    `For the first new device, an owner, until ${localTime(new Date(expiresAt))}: ${output.bold(code)}`,
    `In a browser: ${link}`,
  ])
  return EXIT.ok
}

async function confirm(signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY)
    throw new HoldfastError('USAGE', 'This shuts every device out.', {
      next: 'If that is meant, give --yes.',
    })
  if (!(await askYes('Shut every device out?', signal)))
    throw new HoldfastError('CANCELLED', 'Nobody was shut out.', { next: 'Nothing was changed.' })
}

async function findWaiting(agent: AgentClient, number: string, signal: AbortSignal) {
  const waiting = await agent.device.waiting.query(undefined, { signal })
  const found = waiting.find((device) => device.number === number)
  if (found !== undefined) return found
  throw new HoldfastError('INPUT_INVALID', `No device waits with the number ${number}.`, {
    next: '`holdfast device approve` lists those that wait. Never let in one whose screen shows another number.',
  })
}

async function findDevice(agent: AgentClient, text: string, signal: AbortSignal): Promise<Device> {
  const devices = await agent.device.list.query(undefined, { signal })
  const found = devices.filter(({ id, name }) => id === text || name === text)
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  throw new HoldfastError(
    'INPUT_INVALID',
    only === undefined ? `There is no device "${text}".` : `Several devices are called "${text}".`,
    { next: 'List them with `holdfast device list`, and give the id.' },
  )
}
