import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/domain'
import { shownCertificate } from '@holdfast/host'
import { z } from 'zod'
import { originOf, trustOnly } from '../agent/agent-address.ts'
import { agentClient } from '../agent/agent-client.ts'
import { keepPairedAgent } from '../agent/paired-agents.ts'
import { askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

const ASK_EVERY_MS = 1000

const Device = z.object({ id: z.string(), name: z.string(), role: z.string() })

/**
 * `holdfast pair URL [CODE]`: makes this computer a device of an agent elsewhere. The certificate is compared before
 * the code is sent, by a person or with `--fingerprint`, and pinned. CODE may stand in the link that the agent prints.
 * With a code that an owner's device showed, it waits there until an owner lets it in.
 */
export async function pair(
  { settings, output }: Call,
  url: string,
  typedCode: string | undefined,
  options: { name?: string; fingerprint?: string },
): Promise<ExitCode> {
  const { signal } = settings
  const origin = originOf(url)
  const code = typedCode ?? new URL(url).hash.slice(1)
  if (code === '')
    throw new HoldfastError('USAGE', 'Which code?', {
      next: 'On that machine, `holdfast device pair-code` shows one; so do the settings of an owner’s device.',
    })
  const authority = origin.startsWith('https:') ? await compared({ origin, signal }, options) : null
  trustOnly(authority)
  const name = options.name ?? hostname()
  let cookie = ''
  const client = agentClient(
    origin,
    {},
    {
      onAnswer(answer) {
        cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie
      },
    },
  )
  const { device, secret } = await client(async (agent) => {
    let answer = await agent.device.pair.mutate({ code, name }, { signal })
    if (answer.kind === 'waiting')
      output.note(
        `Waiting until an owner there lets this computer in. Their screen has to show the number ${answer.number}.`,
      )
    while (answer.kind === 'waiting') {
      await wait(ASK_EVERY_MS, undefined, { signal })
      answer = await agent.device.collect.mutate({ ticket: answer.ticket }, { signal })
    }
    return answer
  })
  const paired = Device.parse(device)
  await keepPairedAgent(settings, { origin, authority, device: paired, cookie, secret })
  output.answer({ agent: origin, device: paired }, [
    `This computer is “${paired.name}” there now, as ${paired.role}.`,
    `Speak to it with --agent ${origin}, or set HOLDFAST_AGENT to that.`,
  ])
  return EXIT.ok
}

/** The authority to pin; null when Node trusts the certificate by itself and nobody named another. */
async function compared(
  { origin, signal }: { origin: string; signal: AbortSignal },
  { fingerprint }: { fingerprint?: string },
): Promise<string | null> {
  const shown = await shownCertificate(origin, signal)
  if (fingerprint !== undefined) {
    if (plain(fingerprint) === plain(shown.fingerprint)) return shown.authority
    throw new HoldfastError('NOT_ALLOWED', `${origin} shows the fingerprint ${shown.fingerprint}.`, {
      next: 'That is not the one you gave. Compare it with `holdfast trust` on that machine; if it differs, somebody is in between.',
    })
  }
  if (shown.trusted) return null
  if (!process.stdin.isTTY)
    throw new HoldfastError('USAGE', 'Nobody is here to compare the fingerprint of its certificate.', {
      next: 'Give the one that `holdfast trust` prints on that machine: --fingerprint SHA256',
    })
  process.stderr.write(
    `${origin} shows a certificate with this fingerprint (SHA-256):\n${shown.fingerprint}\n`,
  )
  if (await askYes('Is it the one that `holdfast trust` prints on that machine?', signal))
    return shown.authority
  throw new HoldfastError('CANCELLED', 'Nothing was sent.', {
    next: 'Pair only when the fingerprints agree.',
  })
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9a-f]/gi, '').toUpperCase()
}
