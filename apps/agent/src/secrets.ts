import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, VaultId } from '@holdfast/domain'
import { ConfigError, NONCE_BYTES, openConfig, sealConfig, writeSealedFile } from '@holdfast/sealed-config'
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
  const configKey = await readOrMakeKey(join(home, 'config.key'), random)
  const secretsFile = join(home, 'secrets.conf')
  const rcloneConfigFile = join(home, 'rclone.conf')
  const seal = (file: string, text: string) =>
    writeSealedFile(file, sealConfig(text, configKey, random.bytes(NONCE_BYTES)))

  let content = await readContent(secretsFile, configKey)
  let writing: Promise<void> = Promise.resolve()
  if ((await readIfThere(rcloneConfigFile)) === undefined) await seal(rcloneConfigFile, '')

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

async function readOrMakeKey(file: string, random: Random): Promise<string> {
  const known = await readIfThere(file)
  if (known !== undefined) {
    const key = known.toString('utf8').trim()
    if (key.length < 32) throw new HoldfastError('CONFIG_DAMAGED', `The key file ${file} is cut short.`)
    return key
  }
  const key = Buffer.from(random.bytes(32)).toString('base64url')
  // 'wx' never replaces a key that something is sealed with.
  await using handle = await open(file, 'wx', 0o600)
  await handle.writeFile(`${key}\n`)
  await handle.sync()
  return key
}

async function readContent(file: string, configKey: string): Promise<Content> {
  const sealed = await readIfThere(file)
  if (sealed === undefined) return { vaults: {} }
  try {
    return Content.parse(JSON.parse(Buffer.from(openConfig(sealed, configKey)).toString('utf8')))
  } catch (cause) {
    if (cause instanceof ConfigError || cause instanceof SyntaxError || cause instanceof z.ZodError)
      throw new HoldfastError(
        'CONFIG_DAMAGED',
        `The sealed file ${file} does not open with this home's key.`,
        {
          // The cause of a parse names content; only the class of trouble is kept.
          cause: new Error(cause.name),
        },
      )
    throw cause
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}
