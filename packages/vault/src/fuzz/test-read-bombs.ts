/**
 * A program of its own, started by memory.test.ts: `make FOLDER` writes objects that would open into gigabytes, and
 * `read FOLDER`, with a small heap, reads each by its reader and says how much memory the process ever had.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { isHoldfastError } from '@holdfast/domain'
import { compressFrame, decompressFrame } from '../pack/frame.ts'
import { tarHeader } from '../pack/tar-member.ts'
import { STORED_READERS } from './test-stored-readers.ts'

const MIB = 1024 * 1024
const MAGIC = Buffer.from('28b52ffd', 'hex')

/** A zstd frame of `blocks` times 128 KiB of one byte, 4 bytes each, whose header claims `size` bytes. */
function bomb(size: bigint | undefined, blocks: number, windowLog = 20): Buffer {
  const header = Buffer.alloc(size === undefined ? 2 : 10)
  header[0] = size === undefined ? 0x00 : 0xc0
  header[1] = (windowLog - 10) << 3
  if (size !== undefined) header.writeBigUInt64LE(size, 2)
  const body = Buffer.alloc(blocks * 4)
  for (let i = 0; i < blocks; i += 1) {
    body.writeUIntLE(((128 * 1024) << 3) | 2 | (i === blocks - 1 ? 1 : 0), i * 4, 3)
    body[i * 4 + 3] = 0x5b
  }
  return Buffer.concat([MAGIC, header, body])
}

/** The skippable frame with its digest, which needs no key. */
function withDigest(frame: Uint8Array): Buffer {
  const digest = createHash('sha256').update(frame).digest()
  return Buffer.concat([frame, Buffer.from('512a4d1820000000', 'hex'), digest])
}

function* bombs(): Generator<readonly [string, Uint8Array]> {
  yield ['4 GiB behind a small claim', bomb(4096n, 32_768)]
  yield ['4 GiB, honest', bomb(2n ** 32n, 32_768)]
  yield ['2^63 bytes claimed', bomb(2n ** 63n, 64)]
  yield ['no claim', bomb(undefined, 32_768)]
  yield ['a window of 2 GiB', bomb(131_072n, 1, 31)]
  yield ['15 MiB honest', bomb(BigInt(15 * MIB), 120)]
  yield ['many frames', Buffer.concat(Array.from({ length: 2000 }, () => bomb(131_072n, 1)))]
  yield ['all newlines', zstdCompressSync(Buffer.alloc(60 * MIB, '\n'))]
  const header = tarHeader('index.jsonl', 15 * MIB, 0, 0o644)
  yield ['an index of newlines', compressFrame(Buffer.concat([header, Buffer.alloc(15 * MIB, '\n')]), 3)]
}

/** JSON that takes far more memory as objects than as text, as much of it as a reader would be given. */
function* heavyJson(sound: unknown, isPiece: boolean): Generator<readonly [string, string]> {
  const shapes: [string, (n: number) => string, number][] = [
    ['lists of one', (n) => `[${'[0],'.repeat(n)}[0]]`, 4],
    ['rows of three', (n) => `[${'[0,0,0],'.repeat(n)}[0,0,0]]`, 8],
    ['nested objects', (n) => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`, 6],
    ['numbers', (n) => `[${'1.5,'.repeat(n)}0]`, 4],
    ['members', (n) => `{${Array.from({ length: n }, (_, i) => `"${i}":0`).join(',')}}`, 10],
  ]
  const members = typeof sound === 'object' && sound !== null ? Object.keys(sound) : []
  for (const [name, make, bytes] of shapes) {
    const text = make(Math.floor(((isPiece ? 8 : 16) * MIB - 64 * 1024) / bytes))
    if (Array.isArray(sound)) yield [name, text]
    for (const key of HEAVY_MEMBERS)
      if (members.includes(key)) {
        const json = JSON.stringify({ ...(sound as object), [key]: 'HERE' })
        yield [`${name} as ${key}`, json.replace('"HERE"', () => text)]
      }
  }
}

const HEAVY_MEMBERS = ['leaves', 'swept', 'pieces', 'c']

function attempt(name: string, read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!isHoldfastError(error)) throw new Error(`${name}: ${String(error)}`, { cause: error })
  }
}

/** Every object, made in another process than the one that is measured. */
function* objects(): Generator<readonly [reader: number, name: string, bytes: Uint8Array]> {
  for (const [number, reader] of STORED_READERS.entries()) {
    for (const [name, bytes] of bombs()) {
      yield [number, name, bytes]
      yield [number, `${name}, with a digest`, withDigest(bytes)]
    }
    if (reader.isSmall) continue // nothing that big is fetched
    for (const [name, json] of heavyJson(reader.json, reader.inPiece))
      yield [number, name, reader.forge(json)]
  }
}

const [what, folder = ''] = process.argv.slice(2)
if (what === 'make') {
  let count = 0
  for (const [reader, name, bytes] of objects()) {
    count += 1
    writeFileSync(join(folder, `${reader} ${count} ${name}`), bytes)
  }
} else {
  const names = readdirSync(folder)
  for (const name of names) {
    const bytes = readFileSync(join(folder, name))
    const reader = STORED_READERS[Number.parseInt(name, 10)]
    if (reader === undefined) throw new Error(`no reader for ${name}`)
    attempt(`${reader.name}: ${name}`, () => reader.read(bytes))
    if (reader !== STORED_READERS[0]) continue
    for (const length of [0, 4096, 8 * MIB, 2 ** 40]) attempt(name, () => decompressFrame(bytes, length))
  }
  const maxRssMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(JSON.stringify({ tries: names.length, maxRssMiB }))
}
