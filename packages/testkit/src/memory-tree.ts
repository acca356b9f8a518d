import { HoldfastError } from '@holdfast/domain'
import type {
  Attributes,
  EntryStat,
  OpenFile,
  ReadProblem,
  SourceTree,
  TargetTree,
} from '@holdfast/vault/ports'

/** A node of a memory tree; what is left out has a quiet default. */
export type MemoryNode = {
  kind: EntryStat['kind']
  content: Uint8Array
  mode: number
  uid: number
  gid: number
  mtimeNs: bigint
  ctimeNs: bigint
  ino: number
  target: Uint8Array
  device: { major: number; minor: number }
  sparse: boolean
  /** Why reading it fails, when it does. */
  problem: string | undefined
}

/**
 * A file tree in memory that can be read as a source and written as a target. Paths are absolute byte strings
 * (latin1), the way a test writes them: `/docs/a.txt`. `touch` is the file system's clock.
 */
export type MemoryTree = SourceTree &
  TargetTree & {
    readonly nodes: Map<string, MemoryNode>
    /** Paths of the files opened for reading since the last `opened.length = 0`. */
    readonly opened: string[]
    write(path: string, content: string | Uint8Array, fields?: Partial<MemoryNode>): void
    mkdir(path: string, fields?: Partial<MemoryNode>): void
    link(path: string, existing: string): void
    symlink(path: string, target: string): void
    node(path: string, kind: 'fifo' | 'socket' | 'char' | 'block'): void
    rm(path: string): void
    /** Called after each read of an open file: a test changes files here while they are read. */
    onRead: ((path: string) => void) | undefined
    /** What stands in the tree, one line an entry, for comparing two trees: content, mode, times, targets. */
    describe(root?: string): string[]
  }

/** Time moves by one second with every change, from `startNs` on. */
export function createMemoryTree(options: { startNs?: bigint } = {}): MemoryTree {
  const nodes = new Map<string, MemoryNode>()
  const opened: string[] = []
  let nowNs = options.startNs ?? 1_000_000_000_000_000_000n
  let nextIno = 1

  const touch = (): bigint => {
    nowNs += 1_000_000_000n
    return nowNs
  }
  const add = (path: string, fields: Partial<MemoryNode>): void => {
    const at = touch()
    nodes.set(path, {
      kind: 'file',
      content: new Uint8Array(),
      mode: 0o644,
      uid: 1000,
      gid: 1000,
      mtimeNs: at,
      ctimeNs: at,
      ino: nextIno++,
      target: new Uint8Array(),
      device: { major: 0, minor: 0 },
      sparse: false,
      problem: undefined,
      ...fields,
    })
  }
  const nodeAt = (path: Uint8Array, base = ''): MemoryNode | undefined => nodes.get(base + text(path))
  const gone: ReadProblem = { problem: 'no such file or directory', gone: true }
  const linksOf = (node: MemoryNode): number => [...nodes.values()].filter((one) => one === node).length

  function statOf(node: MemoryNode): EntryStat {
    return {
      kind: node.kind,
      mode: node.mode,
      uid: node.uid,
      gid: node.gid,
      size: node.kind === 'file' ? node.content.length : 0,
      mtimeNs: node.mtimeNs,
      ctimeNs: node.ctimeNs,
      ino: String(node.ino),
      dev: '1',
      nlink: node.kind === 'file' ? linksOf(node) : 1,
      allocated: node.sparse ? 0 : node.content.length,
      rdevMajor: node.device.major,
      rdevMinor: node.device.minor,
    }
  }

  function openFile(path: string, node: MemoryNode): OpenFile {
    opened.push(path)
    let at = 0
    return {
      readInto(buffer) {
        if (node.problem !== undefined) throw new HoldfastError('SOURCE_UNREADABLE', node.problem)
        const part = node.content.subarray(at, at + buffer.length)
        buffer.set(part)
        at += part.length
        tree.onRead?.(path)
        return part.length
      },
      stat: () => statOf(node),
      close: () => undefined,
    }
  }

  const inTarget = (path: Uint8Array): string => {
    const name = text(path)
    const parts = name.split('/')
    const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))
    if (bad) throw new HoldfastError('TARGET_OUTSIDE', `${name} leaves the target.`)
    for (let i = 1; i < parts.length; i += 1) {
      const parent = nodes.get(`/${parts.slice(0, i).join('/')}`)
      if (parent !== undefined && parent.kind !== 'dir')
        throw new HoldfastError('TARGET_OUTSIDE', `A parent of ${name} is no directory.`)
    }
    return `/${name}`
  }
  const put = (path: string, attributes: Attributes, fields: Partial<MemoryNode>): void =>
    add(path, {
      kind: attributes.kind,
      mode: attributes.mode,
      mtimeNs: attributes.mtimeNs,
      ...(attributes.owner === undefined ? {} : attributes.owner),
      ...fields,
    })

  const tree: MemoryTree = {
    nodes,
    opened,
    onRead: undefined,
    write: (path, content, fields = {}) =>
      add(path, { content: typeof content === 'string' ? Buffer.from(content) : content, ...fields }),
    mkdir: (path, fields = {}) => add(path, { kind: 'dir', mode: 0o755, ...fields }),
    link(path, existing) {
      const node = nodes.get(existing)
      if (node !== undefined) nodes.set(path, node)
    },
    symlink: (path, target) =>
      add(path, { kind: 'link', mode: 0o777, target: Buffer.from(target, 'latin1') }),
    node: (path, kind) => add(path, { kind }),
    rm(path) {
      for (const key of [...nodes.keys()]) if (key === path || key.startsWith(`${path}/`)) nodes.delete(key)
    },
    describe(root = '') {
      const groups = new Map<MemoryNode, string>()
      return [...nodes]
        .filter(([path]) => path.startsWith(`${root}/`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, node]) => {
          const first = groups.get(node) ?? path
          groups.set(node, first)
          const what = node.kind === 'link' ? text(node.target) : Buffer.from(node.content).toString('base64')
          const linked = first === path ? '' : ` = ${first.slice(root.length)}`
          return `${path.slice(root.length)} ${node.kind} ${node.mode.toString(8)} ${node.mtimeNs} ${what}${linked}`
        })
    },

    lstat(path: Uint8Array): never {
      // Absolute for a source (a problem when it is gone), relative for a target (undefined then).
      const name = text(path)
      const node = nodes.get(name.startsWith('/') ? name : inTarget(path))
      return (node === undefined ? (name.startsWith('/') ? gone : undefined) : statOf(node)) as never
    },
    names(path) {
      const node = nodeAt(path)
      if (node === undefined) return gone
      if (node.problem !== undefined) return { problem: node.problem, gone: false }
      const folder = `${text(path)}/`
      return [...nodes.keys()]
        .filter((key) => key.startsWith(folder) && !key.slice(folder.length).includes('/'))
        .map((key) => Buffer.from(key.slice(folder.length), 'latin1'))
        .sort(Buffer.compare)
    },
    readLink: (path) => nodes.get(text(path).startsWith('/') ? text(path) : `/${text(path)}`)?.target ?? gone,
    open(path) {
      const name = text(path)
      const full = name.startsWith('/') ? name : `/${name}`
      const node = nodes.get(full)
      if (node === undefined) return gone
      if (node.problem === 'permission denied') return { problem: node.problem, gone: false }
      return openFile(full, node)
    },
    timestampGranularityNs: () => 10_000_000n,

    makeDir(path) {
      const full = inTarget(path)
      const parts = full.split('/')
      for (let i = 2; i <= parts.length; i += 1) {
        const parent = parts.slice(0, i).join('/')
        if (!nodes.has(parent)) add(parent, { kind: 'dir', mode: 0o700 })
      }
    },
    finishDir(path, attributes) {
      const node = nodes.get(inTarget(path))
      if (node !== undefined) Object.assign(node, { mode: attributes.mode, mtimeNs: attributes.mtimeNs })
    },
    createFile(path) {
      const full = inTarget(path)
      let content = Buffer.alloc(0)
      return {
        writeAt(offset, bytes) {
          const grown = Buffer.alloc(Math.max(content.length, offset + bytes.length))
          content.copy(grown)
          grown.set(bytes, offset)
          content = grown
        },
        finish(size, attributes) {
          const whole = Buffer.alloc(size)
          content.copy(whole)
          put(full, attributes, { content: whole })
        },
        discard: () => undefined,
      }
    },
    makeLink: (path, target, attributes) =>
      put(inTarget(path), attributes, { target: Uint8Array.from(target) }),
    makeHardLink(path, existing) {
      const node = nodes.get(inTarget(existing))
      if (node === undefined) throw new HoldfastError('TARGET_NOT_WRITABLE', 'There is no file to link to.')
      nodes.set(inTarget(path), node)
    },
    makeNode: async (path, attributes, device) => put(inTarget(path), attributes, { device }),
    remove: (path) => nodes.delete(inTarget(path)),
  }
  return tree
}

function text(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1')
}
