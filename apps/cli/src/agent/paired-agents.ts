import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { systemRandom } from '@holdfast/host'
import { ConfigError, NONCE_BYTES, openConfig, sealConfig, writeSealedFile } from '@holdfast/sealed-config'
import { z } from 'zod'
import { keyForNew, ownConfigKey, readIfThere } from '../own-config-key.ts'
import type { Settings } from '../settings.ts'

/** An agent elsewhere that this home was paired with. */
export const PairedAgent = z.object({
  origin: z.string(),
  /** The one authority that its certificate must come from, PEM; null for those that Node trusts by itself. */
  authority: z.string().nullable(),
  device: z.object({ id: z.string(), name: z.string(), role: z.string() }),
  /** The session's cookie, `name=value`. */
  cookie: z.string(),
  secret: z.string(),
})
export type PairedAgent = z.infer<typeof PairedAgent>

const fileOf = ({ home }: Settings) => join(home, 'agents.conf')

/** What a home knows of agents elsewhere; sealed as its other secrets are. CONFIG_DAMAGED when it does not open. */
export async function readPairedAgents(settings: Settings): Promise<PairedAgent[]> {
  const file = fileOf(settings)
  const bytes = await readIfThere(file)
  if (bytes === undefined) return []
  const key = await ownConfigKey(file, settings)
  try {
    return PairedAgent.array().parse(JSON.parse(Buffer.from(openConfig(bytes, key ?? '')).toString()))
  } catch (cause) {
    if (!(cause instanceof ConfigError || cause instanceof SyntaxError || cause instanceof z.ZodError))
      throw cause
    throw new HoldfastError('CONFIG_DAMAGED', `${file} does not open.`, {
      ...{ cause, next: 'Remove it, and pair again with `holdfast pair`.' },
    })
  }
}

/** Keeps one, in place of what was known under its origin. On the disk when it resolves. */
export async function keepPairedAgent(settings: Settings, agent: PairedAgent): Promise<void> {
  const others = (await readPairedAgents(settings)).filter(({ origin }) => origin !== agent.origin)
  const file = fileOf(settings)
  await mkdir(settings.home, { recursive: true, mode: 0o700 })
  const known = await ownConfigKey(file, settings)
  const sealed = ['secrets.conf', 'rclone.conf', 'agents.conf'].map((name) => join(settings.home, name))
  const key = known ?? (await keyForNew(settings, sealed))
  const text = `${JSON.stringify([...others, agent])}\n`
  await writeSealedFile(file, sealConfig(text, key, systemRandom.bytes(NONCE_BYTES)))
}
