import type { MemoryTree } from '@holdfast/testkit'
import fc from 'fast-check'
import { seededRandom } from '../test-vault.ts'

/** What a person does to a tree between two backups. Numbers choose among what is there. */
export type TreeStep =
  | { readonly do: 'write' | 'append'; readonly at: number; readonly content: Content }
  | { readonly do: 'delete' | 'touch' | 'chmod' | 'link' | 'symlink' | 'fifo' | 'mkdir'; readonly at: number }
  | { readonly do: 'rename'; readonly at: number; readonly to: number }

/** Few seeds, so that files share content; `zeros` stand between two halves. */
type Content = { readonly seed: number; readonly size: number; readonly zeros: number }

const KIB = 1024

const content: fc.Arbitrary<Content> = fc.record({
  seed: fc.nat(3),
  size: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(0, 1, 17, 1000, 5000) },
    { weight: 10, arbitrary: fc.constantFrom(127 * KIB, 128 * KIB, 140_000) },
    { weight: 4, arbitrary: fc.constantFrom(512 * KIB - 1, 512 * KIB, 700_000) },
    { weight: 1, arbitrary: fc.constantFrom(1_500_000, 3_000_000) },
  ),
  zeros: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(100, 64 * KIB, 300 * KIB) },
  ),
})

const at = fc.nat(1000)

export const treeStep: fc.Arbitrary<TreeStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), at, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const), at, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename' as const), at, to: at }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('delete', 'touch', 'chmod', 'link', 'symlink', 'fifo', 'mkdir', 'mkdir'),
      at,
    }),
  },
)

/** Names of all kinds of order: `/` sorts before every other byte, and bytes are no text. */
const NAMES = ['a', 'a b', 'a-b', 'a.txt', 'b', '\xff\xfe', 'c"\\\n', '\xc3\xa4', 'Z', '0']

export function applyStep(tree: MemoryTree, step: TreeStep): void {
  const all = [...tree.nodes.keys()].filter((path) => path.startsWith('/docs/')).sort()
  const folders = ['/docs', ...all.filter((path) => tree.nodes.get(path)?.kind === 'dir')]
  const files = all.filter((path) => tree.nodes.get(path)?.kind === 'file')
  const pick = (list: readonly string[], number: number) => list[number % Math.max(1, list.length)]
  const free = (number: number) =>
    `${pick(folders, number)}/${NAMES[Math.floor(number / folders.length) % NAMES.length]}`
  const some = pick(all, step.at)
  const file = pick(files, step.at)
  const place = free(step.at)
  const isFolder = tree.nodes.get(place)?.kind === 'dir'

  switch (step.do) {
    case 'write':
      if (!isFolder) tree.write(place, bytesOf(step.content))
      return
    case 'append':
      if (file !== undefined)
        tree.write(
          file,
          Buffer.concat([tree.nodes.get(file)?.content ?? Buffer.alloc(0), bytesOf(step.content)]),
        )
      return
    case 'delete':
      if (some !== undefined) tree.rm(some)
      return
    case 'rename':
      if (some !== undefined) rename(tree, some, free(step.to))
      return
    case 'link':
      if (file !== undefined && !tree.nodes.has(place)) tree.link(place, file)
      return
    case 'symlink':
      if (!tree.nodes.has(place)) tree.symlink(place, some ?? 'nowhere')
      return
    case 'fifo':
      if (!tree.nodes.has(place)) tree.node(place, 'fifo')
      return
    case 'mkdir':
      if (!tree.nodes.has(place) && place.split('/').length < 6) tree.mkdir(place)
      return
    case 'touch':
    case 'chmod': {
      const node = some === undefined ? undefined : tree.nodes.get(some)
      if (node === undefined) return
      if (step.do === 'touch') node.mtimeNs += 1_234_567_891n
      else node.mode ^= 0o111
      node.ctimeNs += 1_000_000_000n
      return
    }
  }
}

function rename(tree: MemoryTree, from: string, to: string): void {
  if (tree.nodes.has(to) || to === from || to.startsWith(`${from}/`)) return
  for (const [path, node] of [...tree.nodes]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue
    tree.nodes.delete(path)
    tree.nodes.set(`${to}${path.slice(from.length)}`, node)
  }
}

function bytesOf({ seed, size, zeros }: Content): Uint8Array {
  const noise = noiseOf(seed).subarray(0, size)
  if (zeros === 0) return noise
  const half = Math.floor(size / 2)
  return Buffer.concat([noise.subarray(0, half), new Uint8Array(zeros), noise.subarray(half)])
}

const made = new Map<number, Uint8Array>()
function noiseOf(seed: number): Uint8Array {
  const noise = made.get(seed) ?? seededRandom(seed + 50).bytes(3_000_000)
  made.set(seed, noise)
  return noise
}
