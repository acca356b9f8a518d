import { HoldfastError } from '@holdfast/domain'
import { TAR_BLOCK, tarChecksum, tarPadding } from '../pack/tar-member.ts'
import type { Attributes, TargetFile, TargetTree } from '../ports.ts'
import { PROGRAM_FOLDER } from './program-entry.ts'

/** Takes an archive's bytes as they come and puts its files where they belong. */
export type ProgramUnpacker = {
  /** VAULT_DAMAGED for what is no archive of a program, TARGET_*. */
  write(bytes: Uint8Array): void
  /** Says how much came. VAULT_DAMAGED when the archive has not ended. */
  end(): { files: number; bytes: number }
  /** Closes and removes the file that is open. */
  discard(): void
}

type Member =
  | { readonly kind: 'file'; readonly size: number; readonly mode: number; readonly mtimeNs: bigint }
  | { readonly kind: 'record'; readonly size: number }

const MAX_RECORD = 4096

/**
 * Unpacks what tarOfProgram makes, without the folder that all of it lies in; anything else is damage: regular files,
 * links that stay inside, long names.
 */
export function createProgramUnpacker(target: TargetTree): ProgramUnpacker {
  const header = Buffer.alloc(TAR_BLOCK)
  let headerFilled = 0
  let member: (Member & { done: number; skip: number }) | undefined
  let file: TargetFile | undefined
  let record = Buffer.alloc(0)
  let longName: Buffer | undefined
  let ended = false
  const taken = { files: 0, bytes: 0 }

  function beginMember(): void {
    if (header.every((byte) => byte === 0)) {
      ended = true
      return
    }
    if (octalAt(148, 8) !== tarChecksum(header)) throw damaged('a header is damaged')
    const size = octalAt(124, 12)
    const mtimeNs = BigInt(octalAt(136, 12)) * 1_000_000_000n
    const type = String.fromCharCode(header[156] ?? 0)
    if (type === 'x') {
      if (size === 0 || size > MAX_RECORD) throw damaged('a name is too long')
      record = Buffer.alloc(size)
      member = { kind: 'record', size, done: 0, skip: tarPadding(size) }
      return
    }
    const path = insidePath(longName ?? textAt(0, 100))
    longName = undefined
    makeFolders(path)
    if (type === '2') {
      const link = textAt(157, 100)
      if (!staysInside(path, link)) throw outside(path)
      target.makeLink(path, link, attributesOf('link', 0o777, mtimeNs))
      taken.files += 1
      return
    }
    if (type !== '0') throw damaged('it holds something that is neither file nor link')
    const mode = (octalAt(100, 8) & 0o100) === 0 ? 0o644 : 0o755
    file = target.createFile(path, { sparse: false })
    member = { kind: 'file', size, mode, mtimeNs, done: 0, skip: tarPadding(size) }
    if (size === 0) endMember()
  }

  function endMember(): void {
    if (member?.kind === 'record') longName = pathOfRecord(record)
    if (member?.kind === 'file') {
      file?.finish(member.size, attributesOf('file', member.mode, member.mtimeNs))
      file = undefined
      taken.files += 1
      taken.bytes += member.size
    }
    if (member?.skip === 0) member = undefined
  }

  function takeContent(bytes: Uint8Array, open: NonNullable<typeof member>): number {
    const left = open.size - open.done
    if (left === 0) {
      const skipped = Math.min(open.skip, bytes.length)
      open.skip -= skipped
      if (open.skip === 0) member = undefined
      return skipped
    }
    const part = bytes.subarray(0, left)
    if (open.kind === 'record') record.set(part, open.done)
    else file?.writeAt(open.done, part)
    open.done += part.length
    if (open.done === open.size) endMember()
    return part.length
  }

  function octalAt(at: number, length: number): number {
    const text = header.toString('latin1', at, at + length).replace(/[\0 ]+$/, '')
    if (!/^[0-7]+$/.test(text)) throw damaged('a header is damaged')
    return Number.parseInt(text, 8)
  }

  function textAt(at: number, length: number): Buffer {
    const field = header.subarray(at, at + length)
    const end = field.indexOf(0)
    return Buffer.from(end === -1 ? field : field.subarray(0, end))
  }

  function makeFolders(path: Buffer): void {
    const slash = path.lastIndexOf('/')
    if (slash !== -1) target.makeDir(path.subarray(0, slash))
  }

  return {
    write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const rest = bytes.subarray(at)
        if (ended) {
          if (rest.some((byte) => byte !== 0)) throw damaged('it goes on after its end')
          return
        }
        if (member !== undefined) {
          at += takeContent(rest, member)
          continue
        }
        const part = rest.subarray(0, TAR_BLOCK - headerFilled)
        header.set(part, headerFilled)
        headerFilled += part.length
        at += part.length
        if (headerFilled < TAR_BLOCK) continue
        headerFilled = 0
        beginMember()
      }
    },
    end() {
      if (!ended) throw damaged('it is cut short')
      return { ...taken }
    },
    discard() {
      file?.discard()
      file = undefined
    },
  }
}

function attributesOf(kind: 'file' | 'link', mode: number, mtimeNs: bigint): Attributes {
  return { kind, mode, mtimeNs, owner: undefined }
}

/** The path below the program's folder. */
function insidePath(name: Buffer): Buffer {
  const parts = name.toString('latin1').split('/')
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
  if (parts.length < 2 || parts[0] !== PROGRAM_FOLDER || !isPlain) throw outside(name)
  return Buffer.from(parts.slice(1).join('/'), 'latin1')
}

/** A relative target that never climbs out of the folder, seen from where the link lies. */
function staysInside(path: Buffer, target: Buffer): boolean {
  const text = target.toString('latin1')
  if (text === '' || text.startsWith('/')) return false
  let depth = path.toString('latin1').split('/').length - 1
  for (const part of text.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return false
  }
  return true
}

/** `<length> path=<bytes>\n`, the only record there is. */
function pathOfRecord(record: Buffer): Buffer {
  const match = /^([0-9]{1,4}) path=([^\n]+)\n$/.exec(record.toString('latin1'))
  if (match?.[2] === undefined || Number(match[1]) !== record.length) throw damaged('a name is damaged')
  return Buffer.from(match[2], 'latin1')
}

function damaged(why: string): HoldfastError {
  return new HoldfastError('VAULT_DAMAGED', `The packed program is no archive of Holdfast: ${why}.`)
}

function outside(name: Buffer): HoldfastError {
  return new HoldfastError(
    'TARGET_OUTSIDE',
    `The packed program names ${JSON.stringify(name.toString('latin1'))}, which leaves its folder.`,
  )
}
