import { createHash } from 'node:crypto'
import type { MemoryTree } from '@holdfast/testkit'
import { pathToText } from '../scan/path-text.ts'

/** A folder with more files is told by one line: how many there are, and a hash of what their lines would be. */
const MANY = 100

/** A tree below `root`, a line an entry, by bytes of the path: kind, mode, mtime, and content by its hash. */
export function treeListing(tree: MemoryTree, root: string): string[] {
  const first = new Map<object, string>()
  const entries = [...tree.nodes]
    .filter(([path]) => path.startsWith(`${root}/`))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, node]) => {
      const name = textOf(path.slice(root.length + 1))
      const known = first.get(node)
      first.set(node, known ?? name)
      const content = `${node.content.length} ${sha256(node.content)}`
      const what = node.kind === 'file' ? content : node.kind === 'link' ? pathToText(node.target) : ''
      const linked = known === undefined ? '' : ` = ${known}`
      const line =
        `${name} | ${node.kind} ${node.mode.toString(8)} ${node.mtimeNs} ${what}${linked}`.trimEnd()
      return {
        folder: node.kind === 'dir' ? path : path.slice(0, path.lastIndexOf('/')),
        kind: node.kind,
        line,
      }
    })
  const byFolder = Map.groupBy(
    entries.filter(({ kind }) => kind !== 'dir'),
    ({ folder }) => folder,
  )
  const folded = new Set([...byFolder].filter(([, list]) => list.length > MANY).map(([folder]) => folder))
  return [
    ...entries.filter(({ kind, folder }) => kind === 'dir' || !folded.has(folder)).map(({ line }) => line),
    ...[...folded].map((folder) => {
      const lines = (byFolder.get(folder) ?? []).map(({ line }) => line)
      return `${textOf(folder.slice(root.length + 1))}/* | ${lines.length} entries ${sha256(lines.join('\n'))}`
    }),
  ]
}

function textOf(path: string): string {
  return pathToText(Buffer.from(path, 'latin1'))
}

function sha256(of: Uint8Array | string): string {
  return createHash('sha256').update(of).digest('hex')
}
