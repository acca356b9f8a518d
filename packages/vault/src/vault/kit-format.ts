import { HoldfastError, VaultId, VaultPlace, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { openBox, SealedBox, type SealedBoxKeys, sealBox } from './sealed-box.ts'

/** A recovery kit as text: everything but `sealed` is readable to anybody. */
export const KitFile = z.object({
  format: z.literal('holdfast-kit'),
  version: z.literal(1),
  vault: VaultId,
  made: z.iso.datetime(),
  /** True in the kit of a plain vault, which anybody can open: the remotes' options are not in it. */
  secretsLeftOut: z.boolean(),
  /** vault.json and the key files, byte for byte as they lay at the vault's place. */
  vaultFile: z.string().max(65_536),
  keys: z.array(z.object({ name: z.string().max(200), file: z.string().max(65_536) })).max(32),
  sealed: SealedBox,
})
export type KitFile = z.infer<typeof KitFile>

/** What a kit holds under seal. */
export const KitContents = z.object({
  place: VaultPlace,
  /** Options of the place's remote, and of those it is built upon, as rclone keeps them. */
  remotes: z.record(z.string(), z.record(z.string(), z.string())),
  /** The machines in the vault with the highest number each was seen at. */
  writers: z.array(z.object({ writer: WriterId, seq: z.number().int().nonnegative(), machine: z.string() })),
  settings: z.unknown(),
})
export type KitContents = z.infer<typeof KitContents>

export const MAX_KIT_BYTES = 1024 * 1024

type KitKeys = { readonly kit: Uint8Array; readonly kitMac: Uint8Array }

/** The kit's bytes, indented for people. INPUT_INVALID when it would be too big to be read again. */
export function writeKit(
  fields: Omit<KitFile, 'sealed' | 'format' | 'version'>,
  contents: KitContents,
  options: { keys: KitKeys; iv: Uint8Array },
): Uint8Array {
  const open = { format: 'holdfast-kit', version: 1, ...fields } as const
  const sealed = sealBox(Buffer.from(JSON.stringify(contents)), boundFields(open), {
    keys: boxKeys(options.keys),
    iv: options.iv,
  })
  const bytes = Buffer.from(`${JSON.stringify({ ...open, sealed }, null, 2)}\n`)
  if (bytes.length > MAX_KIT_BYTES || !KitFile.safeParse({ ...open, sealed }).success)
    throw new HoldfastError('INPUT_INVALID', `The recovery kit would be too big: ${bytes.length} bytes.`, {
      next: 'Remove what is not needed from the settings, and unused key files from the vault.',
    })
  return bytes
}

/** Parses a kit without opening it. KIT_DAMAGED when it is none or cut short, VAULT_NEWER by its version. */
export function readKit(bytes: Uint8Array): KitFile {
  if (bytes.length > MAX_KIT_BYTES)
    throw new HoldfastError('KIT_DAMAGED', `This is no recovery kit: ${bytes.length} bytes are too many.`)
  const json = jsonOf(
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
  )
  const header = z.object({ format: z.literal('holdfast-kit'), version: z.number().int() }).safeParse(json)
  if (!header.success)
    throw new HoldfastError('KIT_DAMAGED', 'This is no recovery kit of Holdfast, or it is cut short.')
  if (header.data.version > 1)
    throw new HoldfastError(
      'VAULT_NEWER',
      `This recovery kit has format ${header.data.version}; this Holdfast reads 1.`,
    )
  const file = KitFile.safeParse(json)
  if (file.success) return file.data
  throw new HoldfastError('KIT_DAMAGED', 'The recovery kit is damaged.', { cause: file.error })
}

/** What is under the seal. KIT_DAMAGED unless the MAC covers every field of the kit. */
export function unsealKit(file: KitFile, keys: KitKeys): KitContents {
  const text = openBox(file.sealed, boundFields(file), boxKeys(keys))
  if (text === undefined)
    throw new HoldfastError('KIT_DAMAGED', 'The recovery kit was changed after it was made.')
  const contents = KitContents.safeParse(jsonOf(Buffer.from(text).toString('utf8')))
  if (contents.success) return contents.data
  throw new HoldfastError('KIT_DAMAGED', 'The recovery kit holds something of an unknown shape.', {
    cause: contents.error,
  })
}

/** What the seal covers beside its content. */
function boundFields(file: Omit<KitFile, 'sealed'>): unknown[] {
  const { format, version, vault, made, secretsLeftOut, vaultFile } = file
  return [
    ...[format, version, vault, made, secretsLeftOut, vaultFile],
    file.keys.map((each) => [each.name, each.file]),
  ]
}

function boxKeys({ kit, kitMac }: KitKeys): SealedBoxKeys {
  return { encryption: kit, mac: kitMac }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema says what it is not
  }
}
