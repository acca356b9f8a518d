'use client'

import { Activity, House, RotateCcw, Settings } from 'lucide-react'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { BrandMark } from '#web/parts/brand-mark.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { useHome } from '#web/trpc/home-query.ts'
import { useConnection } from '#web/trpc/live.tsx'
import { timeOfDay } from '#web/words/moments.ts'

const PLACES = [
  { href: '/', name: 'Home', Icon: House },
  { href: '/ops/', name: 'Ops', Icon: Activity },
  { href: '/restore/', name: 'Restore', Icon: RotateCcw },
  { href: '/settings/', name: 'Settings', Icon: Settings },
] as const

/** The frame of every daily screen: tabs below on a phone, a rail on a tablet, a sidebar on a desktop. */
export function Shell({ children }: { children: ReactNode }) {
  const home = useHome()
  const running = home.data?.plans.some((card) => card.running !== undefined) ?? false
  return (
    <div className="rail:grid rail:grid-cols-[92px_minmax(0,1fr)] side:grid-cols-[232px_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50 focus:rounded-xl focus:bg-card focus:px-4 focus:py-3"
      >
        Skip to the content
      </a>
      <Places running={running} />
      <div className="mx-auto min-h-dvh w-full max-w-[1180px] px-5 pt-[env(safe-area-inset-top)] pb-[calc(104px+env(safe-area-inset-bottom))] rail:px-8 rail:pb-12 side:px-12">
        <header className="note flex min-h-14 items-center justify-between gap-4 pt-2">
          <b className="truncate font-semibold text-ink">{home.data?.machine ?? 'Holdfast'}</b>
          <Reach asOf={home.data === undefined ? undefined : home.dataUpdatedAt} />
        </header>
        <main id="main" tabIndex={-1} className="outline-none">
          {children}
        </main>
      </div>
    </div>
  )
}

/** Settings lead to the audit trail too. */
function isHere(pathname: string, href: (typeof PLACES)[number]['href']): boolean {
  if (href === '/') return pathname === '/'
  return pathname.startsWith(href) || (href === '/settings/' && pathname.startsWith('/audit/'))
}

function Places({ running }: { running: boolean }) {
  const pathname = usePathname()
  return (
    <nav
      aria-label="Screens"
      className="fixed inset-x-0 bottom-0 z-20 border-line border-t bg-card pb-[env(safe-area-inset-bottom)] rail:sticky rail:top-0 rail:h-dvh rail:border-t-0 rail:border-r rail:bg-transparent rail:px-2 rail:py-5 side:px-4"
    >
      <div className="mb-6 hidden items-center gap-3 text-sea rail:flex rail:justify-center side:justify-start side:px-3">
        <BrandMark className="h-7" />
        <span className="hidden text-[20px] font-bold tracking-tight text-ink side:inline">Holdfast</span>
      </div>
      <ul className="mx-auto grid max-w-md grid-cols-4 rail:grid-cols-1 rail:gap-1.5">
        {PLACES.map(({ href, name, Icon }) => {
          const here = isHere(pathname, href)
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={here ? 'page' : undefined}
                className={cn(
                  'group grid min-h-16 content-center justify-items-center gap-1 rounded-2xl text-[length:min(12px,3.8vw)] text-soft hover:text-ink side:min-h-11 side:grid-flow-col side:justify-start side:gap-3 side:px-3 side:text-[16px]',
                  here && 'font-semibold text-sea hover:text-sea side:bg-wash',
                )}
              >
                <span
                  className={cn(
                    'relative grid h-7 w-13 place-items-center rounded-full side:w-6',
                    here && 'bg-wash side:bg-transparent',
                  )}
                >
                  <Icon aria-hidden className="size-[21px]" strokeWidth={here ? 2.3 : 1.9} />
                  {running && href === '/ops/' && (
                    <span className="absolute top-0.5 right-2.5 size-2.5 rounded-full border-2 border-card bg-sea side:-right-0.5" />
                  )}
                </span>
                <span className="self-center">
                  {name}
                  {running && href === '/ops/' && <span className="sr-only">, a backup is running</span>}
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

/** Whether the agent is heard, and if not, how old everything on the screen is. */
function Reach({ asOf }: { asOf: number | undefined }) {
  const connection = useConnection()
  if (connection === 'connecting') return <span>connecting…</span>
  if (connection === 'live')
    return (
      <span className="flex items-center gap-2">
        <span className="size-2 rounded-full bg-safe" />
        live
      </span>
    )
  return (
    <span role="status" className="flex items-center gap-2 text-right text-ink">
      <span className="size-2.5 shrink-0 rounded-full border-2 border-unknown border-dashed" />
      {asOf === undefined ? 'Agent unreachable' : `As of ${timeOfDay(new Date(asOf))}, agent unreachable`}
    </span>
  )
}
