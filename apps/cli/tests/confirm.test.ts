import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'
import { openTypingShell } from './typing-shell.ts'

it('a command line elsewhere is asked for a code of the machine, then for its PIN; without a terminal it is refused', async () => {
  await using machine = openCommandLine()
  await using laptop = openCommandLine()
  const ports = { HOLDFAST_LAN: '1', HOLDFAST_LAN_PORT: '0', HOLDFAST_LAN_HELP_PORT: '0' }
  const first = await startAgent(machine, ports)
  type Lan = { serving: { origin: string; fingerprint: string } }
  const { serving } = (await machine.json<Lan>(['lan'])).document
  const { port } = new URL(serving.origin)
  const origin = `https://localhost:${port}`
  const pairing = await machine.json<{ code: string }>(['device', 'pair-code', '--role', 'owner'])
  const pair = ['pair', origin, pairing.document.code, '--fingerprint', serving.fingerprint]
  expect(await laptop.json(pair)).toMatchObject({ code: 0 })

  // What pairing confirmed is forgotten when the agent starts anew, as it is after five minutes.
  await first[Symbol.asyncDispose]()
  const again = await startAgent(machine, { ...ports, HOLDFAST_LAN_PORT: port })
  const letIn = ['device', 'pair-code', '--role', 'viewer']
  expect(await laptop.json([...letIn, '--agent', origin])).toMatchObject({
    code: 6,
    document: { error: { code: 'STEP_UP_NEEDED' } },
  })
  expect(await laptop.json(['device', 'confirm', '--agent', origin])).toMatchObject({ code: 6 })

  const sh = openTypingShell(laptop)
  const { code } = (await machine.json<{ code: string }>(['device', 'confirm'])).document
  const typed = [
    { question: 'New PIN', answer: '493817' },
    { question: 'The same again', answer: '493817' },
    { question: 'shows on that machine: ', answer: code },
  ]
  expect(await sh(`holdfast device pin --agent ${origin}`, { typed })).toContain('This computer has its PIN.')

  await again[Symbol.asyncDispose]()
  await using _third = await startAgent(machine, { ...ports, HOLDFAST_LAN_PORT: port })
  const asked = [{ question: 'PIN of this computer there: ', answer: '493817' }]
  const said = await sh(`holdfast ${letIn.join(' ')} --agent ${origin}`, { typed: asked })
  expect(said).toMatch(/[0-9A-Z]{4}-[0-9A-Z]{4}/)
  expect(said).not.toContain('493817')
})
