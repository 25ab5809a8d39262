import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser, sidewaysOf, violationsOf, watchedPage } from '@tideway/plan-review/browser'
import type { Browser, Page } from 'playwright-core'
import { report } from '../src/console/page'
import type { Picture } from '../src/console/state'
import { Synthesized } from '../src/delivery/synthesized'
import { Session } from '../src/drought/session'
import { SimulatedCloud } from '../src/simulated-cloud'
import { synthesizeCompute } from './synthesize'

// In a real browser: `npm test` runs these where there is one, and says so where there is none.
const folder = mkdtempSync(join(tmpdir(), 'tideway-console-'))
let browser: Browser
let cloud: SimulatedCloud
let session: Session
let running: Promise<void>

beforeAll(async () => {
  const synthesized = new Synthesized({ compute: synthesizeCompute(folder) })
  cloud = await SimulatedCloud.start(synthesized)
  session = new Session(await cloud.startWorld(1), await cloud.stacks())
  cloud.show(session)
  running = session.run()
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  session.stop()
  await running
  await cloud.close()
  rmSync(folder, { recursive: true })
})

const complaints: string[] = []

async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  complaints.length = 0
  const look = { viewport: { width, height: 900 }, colorScheme }
  const page = await watchedPage(browser, complaints, cloud.url, look)
  await page.goto(cloud.url)
  await page.locator('[data-service] canvas').first().waitFor()
  return page
}

const pictureNow = async () => (await (await fetch(`${cloud.url}/picture`)).json()) as Picture
const statusOf = (page: Page) => page.locator('#status')
const spot = 'FARGATE_SPOT'

describe.each([390, 1440])('the console at %d px', (width) => {
  it.each(['light', 'dark'] as const)('has nothing that axe finds wrong, in %s', async (scheme) => {
    const page = await open(width, scheme)
    expect(await violationsOf(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  it('does not scroll sideways, and shows every service', async () => {
    const page = await open(width)
    expect(await sidewaysOf(page)).toBe(0)
    const { services } = await pictureNow()
    expect(await page.locator('[data-service] h3').allTextContents()).toEqual(
      services.map(({ name }) => name),
    )
    await page.close()
  })
})

it('a drought is begun and ended by keyboard, and is covered within the two minutes of its notices', async () => {
  const page = await open(1440)
  const button = page.getByRole('button', { name: `Drought on ${spot}` })
  expect(await button.getAttribute('aria-pressed')).toBe('false')
  const before = (await pictureNow()).at
  await button.focus()
  await page.keyboard.press('Enter')
  await statusOf(page)
    .filter({ hasText: `Drought on ${spot}; standbys cover` })
    .waitFor()
  expect(await button.getAttribute('aria-pressed')).toBe('true')
  const { happenings, services } = await pictureNow()
  const since = happenings.filter(({ at }) => at >= before)
  const dry = since.find(({ text }) => text === `${spot} runs dry`)
  const decision = since.find(({ kind }) => kind === 'decision')
  expect((decision?.at ?? Number.NaN) - (dry?.at ?? Number.NaN)).toBeLessThan(120)
  expect(decision?.text).toMatch(/standby.*0 → \d+ tasks: cover, interruption/)
  expect(services.map(({ longestShortfallSeconds }) => longestShortfallSeconds)).toEqual([0, 0])
  await page.locator('#story .decision').first().waitFor()
  await page.keyboard.press('Enter')
  await statusOf(page).filter({ hasText: 'Spot is plenty' }).waitFor()
  expect(complaints).toEqual([])
  await page.close()
})

it('the other controls do what they say', async () => {
  const page = await open(390)
  await page.getByLabel('Simulated clock').selectOption('300')
  await page.locator('#clock').filter({ hasText: '300 times as fast' }).waitFor()
  await page.getByRole('button', { name: 'Interrupt one task' }).click()
  await page
    .locator('#story')
    .getByText(/one task of .* is taken back/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Deploy a new revision' }).click()
  await page.locator('#story').getByText('a new revision of every service').first().waitFor()
  await page.getByRole('button', { name: 'Break us-east-1a for 10 minutes' }).click()
  await page.locator('#story').getByText('zone us-east-1a breaks for 10 minutes').first().waitFor()
  expect(complaints).toEqual([])
  await page.close()
})

it('a report shows the same without a server, and has nothing to press', async () => {
  const file = join(folder, 'report.html')
  writeFileSync(file, report(session.picture()))
  complaints.length = 0
  const look = { viewport: { width: 390, height: 900 } }
  const page = await watchedPage(browser, complaints, 'file:', look)
  await page.goto(`file://${file}`)
  await page.locator('[data-service] canvas').first().waitFor()
  expect(await page.locator('[data-service] h3').count()).toBe(session.picture().services.length)
  expect(await page.locator('#story li').count()).toBeGreaterThan(0)
  expect(await page.getByRole('button').count()).toBe(0)
  expect(complaints).toEqual([])
  await page.close()
})

it('another site can neither press its buttons nor read it by another name', async () => {
  const press = (headers: Record<string, string>) =>
    fetch(`${cloud.url}/act`, { method: 'POST', headers, body: '{"kind":"interrupt"}' })
  expect((await press({ origin: 'http://example.com' })).status).toBe(403)
  expect((await press({})).status).toBe(403)
  expect((await press({ origin: cloud.url })).status).toBe(204)
})

it('a wrong action is refused, and said why', async () => {
  const act = async (action: object) => {
    const headers = { origin: cloud.url }
    const answer = await fetch(`${cloud.url}/act`, {
      method: 'POST',
      headers,
      body: JSON.stringify(action),
    })
    return [answer.status, await answer.text()]
  }
  expect(await act({ kind: 'drought', provider: 'nothing', on: true })).toEqual([
    400,
    'provider: must be one of FARGATE_SPOT, tideway-local-ec2-spot; got nothing\n',
  ])
  expect(await act({ kind: 'speed', speed: 7 })).toEqual([
    400,
    'speed: must be one of 1, 10, 60, 300; got 7\n',
  ])
  expect(await act({ kind: 'sing' })).toEqual([
    400,
    'kind: must be one of drought, interrupt, break-zone, release, speed; got sing\n',
  ])
})
