import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { VaultId, WriterId } from '@holdfast/domain'
import { readIndexObject, writeIndexObject } from '../index/index-format.ts'
import { markKey, readMark, writeMark } from '../marks/mark-format.ts'
import { compressFrame } from '../pack/frame.ts'
import { closePack, readTable, readTrailer, TRAILER_BYTES } from '../pack/pack-format.ts'
import { TAR_END, tarHeader, tarPadding } from '../pack/tar-member.ts'
import { tarSlices } from '../pack/tar-slices.ts'
import type { EntryStat } from '../ports.ts'
import {
  manifestKey,
  type ProgramManifest,
  readProgramManifest,
  writeProgramManifest,
} from '../program/program-format.ts'
import {
  linePrefix,
  lineSuffix,
  parseContentList,
  parseLine,
  pathOfLine,
  piecesOfLine,
} from '../snapshot/manifest-line.ts'
import { sealJson } from '../snapshot/sealed-json.ts'
import {
  readSnapshot,
  type SnapshotBody,
  snapshotKey,
  snapshotRows,
  writeSnapshot,
} from '../snapshot/snapshot-format.ts'
import { claimKey, readClaim, writeClaim } from '../vault/claim-format.ts'
import { parseKeyFile } from '../vault/key-files.ts'
import { deriveKeys, type KeyFile } from '../vault/keys.ts'
import { readVaultFile, verifyVaultFile, writeVaultFile } from '../vault/vault-file.ts'

/**
 * One reader of something that lies on a remote, with a sound object for it. `read` takes any bytes and must throw
 * nothing but HoldfastErrors. `forge` makes an object of other JSON as somebody who holds every key would.
 */
export type StoredReader = {
  readonly name: string
  readonly sound: Uint8Array
  read(bytes: Uint8Array): void
  readonly json: unknown
  forge(json: string): Uint8Array
  /** Lies in a piece, which holds 8 MiB at most. */
  readonly inPiece: boolean
  /** Is not fetched when it has more than some kilobytes. */
  readonly isSmall: boolean
  /** A MAC covers it. */
  readonly isSealed: boolean
}

const VAULT = VaultId.parse('00112233445566778899aabbccddeeff')
const WRITER = WriterId.parse('0123abcd')
const KEYS = deriveKeys(Buffer.alloc(32, 7), VAULT)
const TIME = new Date(1_032_000_000_000)
const ID = 'ab'.repeat(32)
const HEX16 = '00112233aabbccdd'

const row = {
  pack: `packs/ab/${'ab'.repeat(16)}-0001.tar.zst`,
  size: 100_000,
  kind: 'data',
  frames: [
    [0, 50, 2000],
    [50, 900, 70_000],
  ],
  pieces: [
    [ID, 0, 512, 9],
    ['cd'.repeat(32), 1, 512, 60_000],
  ],
} as const

const body: SnapshotBody = {
  ...{ format: 'holdfast-snapshot', version: 1, vault: VAULT, writer: WRITER, installation: HEX16 },
  ...{ epoch: 1, seq: 7, previous: ID, auditHead: null, kind: 'run', outcome: 'complete', suspect: false },
  ...{ machine: 'm', plan: null, tag: 'weekly', started: TIME.toISOString(), finished: TIME.toISOString() },
  ...{ scanStartedNs: '1032000000000000000', labels: [{ label: 'docs', path: '/docs' }] },
  ...{ files: 3, dirs: 1, bytes: 9, bytesRead: 9, bytesStored: 5, skipped: 0 },
  packs: [row.pack],
  leaves: [['ZG9jcw==', 'ZG9jcy9h', ID, 3, 0, 0, 50, 2000, 512, 9]],
  index: [row],
}

const snapshotName = snapshotKey(WRITER, 7, TIME, 'beef')
const markName = markKey(TIME, '01020304')
const claimName = claimKey({ writer: WRITER, epoch: 3, installation: HEX16 }, '0a0b')

const mark = {
  ...{ format: 'holdfast-mark', version: 1, vault: VAULT, installation: HEX16, time: TIME.toISOString() },
  ...{ kind: 'swept', graceMs: 5, snapshots: [snapshotName], indexes: [], packs: [row.pack] },
  swept: [[WRITER, [[1, 6]]]],
} satisfies Parameters<typeof writeMark>[1]

const claim = {
  ...{ format: 'holdfast-claim', version: 1, vault: VAULT, writer: WRITER, installation: HEX16 },
  ...{ machine: 'm', epoch: 3, time: TIME.toISOString() },
} satisfies Parameters<typeof writeClaim>[1]

const programName = manifestKey('0.1.0-linux-x64-00112233aabbccdd', '0a0b')
const program: ProgramManifest = {
  ...{ format: 'holdfast-program', version: 1, vault: VAULT, set: '0.1.0-linux-x64-00112233aabbccdd' },
  ...{ time: TIME.toISOString(), files: 2, rawBytes: 4096, bytes: 900 },
  program: { version: '0.1.0', platform: 'linux', arch: 'x64', node: '24.0.0', rclone: '1.60.1' },
  chunks: [{ name: `c0000-${'ab'.repeat(16)}-0001.zst`, size: 900, sha256: ID, frames: [[900, 4096]] }],
}

const vaultFields = {
  ...{ format: 'holdfast-vault', version: 1, id: VAULT, encrypted: false, created: TIME.toISOString() },
  masterKey: '07'.repeat(32),
} satisfies Parameters<typeof writeVaultFile>[0]

const keyFile: KeyFile = {
  ...{ format: 'holdfast-key', version: 1, vault: VAULT, kdf: { name: 'scrypt', n: 2 ** 15, r: 8, p: 1 } },
  ...{ created: TIME.toISOString(), salt: ID, iv: 'ab'.repeat(16), wrapped: ID, mac: ID },
}

const stat: EntryStat = {
  ...{ kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 69, mtimeNs: 5n, ctimeNs: 6n, ino: '7', dev: '1' },
  ...{ nlink: 2, allocated: 0, rdevMajor: 0, rdevMinor: 0 },
}
const line = (content: readonly [string | 0, number][]) =>
  `${linePrefix('docs/\xe9"x', stat, '1.7')}${lineSuffix({ content, torn: true })}`.slice(0, -1)
const list = [
  [ID, 60],
  [0, 9],
] as const

const onlyFrame = compressFrame(Buffer.alloc(3000, 1), 3)
const pack = closePack(onlyFrame, onlyFrame.length, row)
const table = (bytes: Uint8Array) => {
  const { offset, length, sha256 } = readTrailer(bytes.subarray(-TRAILER_BYTES))
  readTable(bytes.subarray(offset, offset + length), { pack: row.pack, size: 100_000, sha256 })
}
const member = (text: string): Buffer => {
  const content = Buffer.from(text)
  const header = tarHeader('index.jsonl', content.length, 0, 0o644)
  return Buffer.concat([header, content, Buffer.alloc(tarPadding(content.length))])
}

export const STORED_READERS: readonly StoredReader[] = [
  {
    name: 'an index object',
    isSealed: false,
    inPiece: false,
    isSmall: false,
    sound: writeIndexObject([row, row]),
    read: readIndexObject,
    json: row,
    forge: (json) => compressFrame(Buffer.concat([member(`${json}\n`), TAR_END]), 3),
  },
  {
    name: 'the table of a pack',
    isSealed: false,
    inPiece: false,
    isSmall: false,
    sound: pack,
    read: table,
    json: { kind: row.kind, frames: row.frames, pieces: row.pieces },
    forge: packOfTable,
  },
  {
    name: 'a snapshot',
    isSealed: true,
    inPiece: false,
    isSmall: false,
    sound: writeSnapshot(snapshotName, body, KEYS.mac),
    read: (bytes) => snapshotRows(readSnapshot(snapshotName, bytes, KEYS.mac)),
    json: body,
    forge: (json) => sealJson(snapshotName, json, KEYS.mac),
  },
  {
    name: 'a mark',
    isSealed: true,
    inPiece: false,
    isSmall: false,
    sound: writeMark(markName, mark, KEYS.mac),
    read: (bytes) => readMark(markName, bytes, KEYS.mac),
    json: mark,
    forge: (json) => sealJson(markName, json, KEYS.mac),
  },
  {
    name: 'a claim',
    isSealed: true,
    inPiece: false,
    isSmall: false,
    sound: writeClaim(claimName, claim, KEYS.mac),
    read: (bytes) => readClaim(claimName, bytes, { id: VAULT, keys: KEYS }),
    json: claim,
    forge: (json) => sealJson(claimName, json, KEYS.mac),
  },
  {
    name: 'the manifest of a program',
    isSealed: true,
    inPiece: false,
    isSmall: false,
    sound: writeProgramManifest(programName, program, { id: VAULT, keys: KEYS }),
    read: (bytes) => readProgramManifest(programName, bytes, { id: VAULT, keys: KEYS }),
    json: program,
    forge: (json) => sealJson(programName, json, KEYS.settings.mac),
  },
  {
    name: 'vault.json',
    isSealed: false,
    inPiece: false,
    isSmall: true,
    sound: writeVaultFile(vaultFields, KEYS.vaultFile),
    read: (bytes) => verifyVaultFile(readVaultFile(bytes), KEYS.vaultFile),
    json: vaultFields,
    forge: (json) => Buffer.from(json),
  },
  {
    name: 'a key file',
    isSealed: false,
    inPiece: false,
    isSmall: true,
    sound: Buffer.from(JSON.stringify(keyFile)),
    read: (bytes) => parseKeyFile('keys/01020304.json', bytes, VAULT),
    json: keyFile,
    forge: (json) => Buffer.from(json),
  },
  {
    name: 'a line of a manifest',
    isSealed: false,
    inPiece: true,
    isSmall: false,
    sound: Buffer.from(line([[ID, 69]]), 'latin1'),
    read(bytes) {
      const text = Buffer.from(bytes).toString('latin1')
      piecesOfLine(text)
      pathOfLine(text)
      parseLine(text)
    },
    json: JSON.parse(Buffer.from(line([...list] as never), 'latin1').toString('utf8')),
    forge: (json) => Buffer.from(json),
  },
  {
    name: 'a content list',
    isSealed: false,
    inPiece: true,
    isSmall: false,
    sound: Buffer.from(JSON.stringify(list)),
    read: parseContentList,
    json: list,
    forge: (json) => Buffer.from(json),
  },
  {
    name: 'the members of a frame',
    isSealed: false,
    inPiece: true,
    isSmall: false,
    sound: member('x'.repeat(1000)),
    read: tarSlices,
    json: [],
    forge: member,
  },
]

/** A pack without frames whose table is this JSON, as closePack would never write it. */
function packOfTable(json: string): Uint8Array {
  const payload = zstdCompressSync(Buffer.from(json))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x184d2a50, 0)
  head.writeUInt32LE(payload.length, 4)
  const trailer = Buffer.from(pack.subarray(-TRAILER_BYTES))
  trailer.writeBigUInt64LE(8n, 16)
  trailer.writeBigUInt64LE(BigInt(payload.length), 24)
  trailer.set(createHash('sha256').update(payload).digest(), 32)
  return Buffer.concat([head, payload, trailer])
}
