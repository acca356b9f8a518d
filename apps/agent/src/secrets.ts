import { basename, join } from 'node:path'
import { HoldfastError, VaultId } from '@holdfast/domain'
import { type ConfigKeySettings, type ConfigKeySource, FILE_KEY_ONLY } from '@holdfast/host'
import { ConfigError, NONCE_BYTES, openConfig, sealConfig, writeSealedFile } from '@holdfast/sealed-config'
import type { Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import { openConfigKey } from './config-key.ts'
import { readIfThere } from './read-if-there.ts'

const Content = z.object({
  vaults: z.record(VaultId, z.object({ masterKey: z.base64() })),
  /** Whatever else of ours holds a secret, by its name; who keeps it knows the shape. */
  values: z.record(z.string(), z.unknown()).default({}),
})
type Content = z.infer<typeof Content>

/** What this machine keeps sealed. Changes are on the disk, atomically and in the order asked, when they resolve. */
export type Secrets = {
  /** Seals rclone.conf and secrets.conf: random, never typed by anybody. */
  readonly configKey: string
  /** Where that key is kept. */
  readonly keySource: ConfigKeySource
  /** The master key of a vault that a plan uses; undefined for a plain vault or one never opened here. */
  masterKey(id: VaultId): Uint8Array | undefined
  setMasterKey(id: VaultId, masterKey: Uint8Array): Promise<void>
  /** What is kept under a name, a JSON value; undefined when nothing is. */
  value(name: string): unknown
  setValue(name: string, value: unknown): Promise<void>
  /** An empty sealed rclone.conf is made when there is none: rclone would otherwise write a plain one. */
  readonly rcloneConfigFile: string
  /** Replaces rclone.conf by sections as rclone writes them. Only while no rclone runs on it. */
  sealRcloneConfig(text: string): Promise<void>
}

/**
 * Opens the home's secrets, making key and files in a fresh home; see `openConfigKey` for where the key is kept. No
 * rclone may run on the home's configuration yet. Rejects with CONFIG_DAMAGED when they don't open.
 */
export async function openSecrets(
  home: string,
  random: Random,
  keySettings: ConfigKeySettings = FILE_KEY_ONLY,
): Promise<Secrets> {
  const secretsFile = join(home, 'secrets.conf')
  const rcloneConfigFile = join(home, 'rclone.conf')
  // The command line keeps what it was paired with beside ours, under the same key.
  const { key: configKey, source: keySource } = await openConfigKey(
    home,
    [secretsFile, rcloneConfigFile, join(home, 'agents.conf')],
    {
      settings: keySettings,
      random,
    },
  )
  const seal = (file: string, text: string) =>
    writeSealedFile(file, sealConfig(text, configKey, random.bytes(NONCE_BYTES)))

  let content = await readContent(secretsFile, configKey)
  let writing: Promise<void> = Promise.resolve()
  const rcloneConfig = await readIfThere(rcloneConfigFile)
  if (rcloneConfig === undefined) await seal(rcloneConfigFile, '')
  else opened(rcloneConfigFile, rcloneConfig, configKey)

  function change(by: (last: Content) => Content): Promise<void> {
    const written = writing.then(async () => {
      const next = by(content)
      await seal(secretsFile, JSON.stringify(next))
      content = next
    })
    // One failed write is reported to its own caller and does not block the next.
    writing = written.catch(() => undefined)
    return written
  }

  return {
    configKey,
    keySource,
    rcloneConfigFile,
    masterKey(id) {
      const entry = content.vaults[id]
      return entry === undefined ? undefined : new Uint8Array(Buffer.from(entry.masterKey, 'base64'))
    },
    setMasterKey(id, masterKey) {
      const entry = { masterKey: Buffer.from(masterKey).toString('base64') }
      return change((last) => ({ ...last, vaults: { ...last.vaults, [id]: entry } }))
    },
    value: (name) => content.values[name],
    setValue: (name, value) => change((last) => ({ ...last, values: { ...last.values, [name]: value } })),
    sealRcloneConfig: (text) => seal(rcloneConfigFile, text),
  }
}

async function readContent(file: string, configKey: string): Promise<Content> {
  const sealed = await readIfThere(file)
  if (sealed === undefined) return { vaults: {}, values: {} }
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
