import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import type { Settings } from '../settings.ts'
import { readPairedAgents } from './paired-agents.ts'

const AgentFile = z.object({ address: z.url(), token: z.string() })

/** Where an agent is, and what lets this program in. */
export type AgentAddress = { readonly address: string; readonly headers: Readonly<Record<string, string>> }

/**
 * The agent that commands speak to: the one that `--agent` names, once paired, else this home's own. From then on this
 * process believes in the certificates of the pinned authority alone. AGENT_UNREACHABLE, NOT_PAIRED.
 */
export async function findAgent(settings: Settings): Promise<AgentAddress> {
  return settings.agent === undefined
    ? await ownAgent(settings)
    : await agentElsewhere(settings, settings.agent)
}

/** The origin of an agent elsewhere as it was typed. USAGE when others could read what goes there. */
export function originOf(text: string): string {
  const url = URL.parse(text)
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url.origin
  throw new HoldfastError('USAGE', `"${text}" is not the address of an agent.`, {
    next: 'Give it as `holdfast lan` prints it there: https://name.local:8443.',
  })
}

/** Trusts this authority for every connection from now on, and no other; null leaves what Node trusts. */
export function trustOnly(authority: string | null): void {
  if (authority !== null) setDefaultCACertificates([new X509Certificate(authority).toString()])
}

async function ownAgent({ home }: Settings): Promise<AgentAddress> {
  try {
    const file = await readFile(join(home, 'agent.json'), 'utf8')
    const { address, token } = AgentFile.parse(JSON.parse(file))
    return { address, headers: { authorization: `Bearer ${token}` } }
  } catch (cause) {
    throw new HoldfastError('AGENT_UNREACHABLE', `No agent runs for ${home}.`, { cause })
  }
}

async function agentElsewhere(settings: Settings, text: string): Promise<AgentAddress> {
  const origin = originOf(text)
  const paired = (await readPairedAgents(settings)).find((one) => one.origin === origin)
  if (paired === undefined)
    throw new HoldfastError('NOT_PAIRED', `This computer is not paired with ${origin}.`, {
      next: `On that machine: holdfast device pair-code. Then here: holdfast pair ${origin} CODE`,
    })
  trustOnly(paired.authority)
  return { address: origin, headers: { cookie: paired.cookie, 'x-holdfast-device': paired.secret } }
}
