import { ChevronRight } from 'lucide-react'
import { cn } from '#web/parts/class-names.ts'

/** The way to a folder inside a snapshot; each step of it can be gone back to. */
export function FolderTrail({ path, onGo }: { path: string; onGo: (path: string) => void }) {
  const names = path === '' ? [] : path.split('/')
  const crumbs = [
    { name: 'All', path: '' },
    ...names.map((name, i) => ({ name, path: names.slice(0, i + 1).join('/') })),
  ]
  return (
    <nav
      aria-label="Folder"
      className="mb-1 flex flex-wrap items-center border-line border-b pb-1 text-[15px]"
    >
      {crumbs.map((crumb, depth) => {
        const last = depth === crumbs.length - 1
        return (
          <span key={crumb.path} className="flex min-w-0 items-center">
            {depth > 0 && <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />}
            <button
              type="button"
              aria-current={last ? 'true' : undefined}
              onClick={() => onGo(crumb.path)}
              className={cn(
                'min-h-11 min-w-11 rounded-lg px-2 text-left',
                last ? 'font-semibold' : 'text-sea',
              )}
            >
              {crumb.name}
            </button>
          </span>
        )
      })}
    </nav>
  )
}
