import { link, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { HoldfastError, VaultId } from '@holdfast/domain'
import {
  ConfigError,
  isSealedConfig,
  NONCE_BYTES,
  openConfig,
  sealConfig,
  writeSealedFile,
} from '@holdfast/sealed-config'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'

const Content = z.object({ vaults: z.record(VaultId, z.object({ masterKey: z.base64() })) })
type Content = z.infer<typeof Content>

/** What this machine keeps sealed. Changes are on the disk, atomically and in the order asked, when they resolve. */
export type Secrets = {
  /** Seals rclone.conf and secrets.conf: random, in a file that only the owner may read. */
  readonly configKey: string
  /** The master key of a vault that a plan uses; undefined for a plain vault or one never opened here. */
  masterKey(id: VaultId): Uint8Array | undefined
  setMasterKey(id: VaultId, masterKey: Uint8Array): Promise<void>
  /** An empty sealed rclone.conf is made when there is none: rclone would otherwise write a plain one. */
  readonly rcloneConfigFile: string
  /** Replaces rclone.conf by sections as rclone writes them. Only while no rclone runs on it. */
  sealRcloneConfig(text: string): Promise<void>
}

/** Opens the home's secrets, making key and files in a fresh home. Rejects with CONFIG_DAMAGED when they don't open. */
export async function openSecrets(home: string, random: Random): Promise<Secrets> {
  const keyFile = join(home, 'config.key')
  const secretsFile = join(home, 'secrets.conf')
  const rcloneConfigFile = join(home, 'rclone.conf')
  const configKey = await readOrMakeKey(keyFile, [secretsFile, rcloneConfigFile], random)
  const seal = (file: string, text: string) =>
    writeSealedFile(file, sealConfig(text, configKey, random.bytes(NONCE_BYTES)))

  let content = await readContent(secretsFile, configKey)
  let writing: Promise<void> = Promise.resolve()
  const rcloneConfig = await readIfThere(rcloneConfigFile)
  if (rcloneConfig === undefined) await seal(rcloneConfigFile, '')
  else opened(rcloneConfigFile, rcloneConfig, configKey)

  return {
    configKey,
    rcloneConfigFile,
    masterKey(id) {
      const entry = content.vaults[id]
      return entry === undefined ? undefined : new Uint8Array(Buffer.from(entry.masterKey, 'base64'))
    },
    setMasterKey(id, masterKey) {
      const written = writing.then(async () => {
        const entry = { masterKey: Buffer.from(masterKey).toString('base64') }
        const next: Content = { vaults: { ...content.vaults, [id]: entry } }
        await seal(secretsFile, JSON.stringify(next))
        content = next
      })
      // One failed write is reported to its own caller and does not block the next.
      writing = written.catch(() => undefined)
      return written
    },
    sealRcloneConfig: (text) => seal(rcloneConfigFile, text),
  }
}

/** A new key is made only while none of the files that it would have to open is there. */
async function readOrMakeKey(file: string, sealed: readonly string[], random: Random): Promise<string> {
  const draft = `${file}.new`
  // What a crash left; never more than another name of the key.
  await rm(draft, { force: true })
  const known = await readIfThere(file)
  if (known !== undefined) {
    const key = known.toString('utf8').trim()
    if (key.length < 32)
      throw new HoldfastError('CONFIG_DAMAGED', `The key file ${file} is cut short.`, { next: NEXT_FOR_KEY })
    return key
  }
  for (const other of sealed) {
    const bytes = await readIfThere(other)
    if (bytes !== undefined && isSealedConfig(bytes))
      throw new HoldfastError('CONFIG_DAMAGED', `The key file ${file} is gone, and ${other} needs it.`, {
        next: NEXT_FOR_KEY,
      })
  }
  const key = Buffer.from(random.bytes(32)).toString('base64url')
  // Whole or not there: half a key left by a crash would keep every later start out. A link never replaces a key that
  // something is sealed with.
  await writeSealedFile(draft, Buffer.from(`${key}\n`))
  try {
    await link(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
  return key
}

async function readContent(file: string, configKey: string): Promise<Content> {
  const sealed = await readIfThere(file)
  if (sealed === undefined) return { vaults: {} }
  const text = opened(file, sealed, configKey)
  try {
    return Content.parse(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) throw damaged(file, cause)
    throw cause
  }
}

function opened(file: string, sealed: Uint8Array, configKey: string): string {
  try {
    return Buffer.from(openConfig(sealed, configKey)).toString('utf8')
  } catch (cause) {
    if (cause instanceof ConfigError) throw damaged(file, cause)
    throw cause
  }
}

function damaged(file: string, cause: Error): HoldfastError {
  return new HoldfastError('CONFIG_DAMAGED', `The sealed file ${file} does not open with this home's key.`, {
    next: `Put ${basename(file)} back from a copy of this folder, or move it away: then ${REMADE[basename(file)] ?? 'set up again'}.`,
    // The cause of a parse names content; only the class of trouble is kept.
    cause: new Error(cause.name),
  })
}

const REMADE: Readonly<Record<string, string>> = {
  'rclone.conf': 'choose the remotes of your plans again',
  'secrets.conf': 'make the plans on encrypted vaults again, with their passphrases',
}
const NEXT_FOR_KEY =
  'Put config.key back from a copy of this folder, or move it, secrets.conf and rclone.conf away: then make the plans again, with the passphrases of their vaults.'

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause })
  }
}
