import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  horizontalScrollOf,
  launchBrowser,
  monitoredPage,
  violationsOf,
} from '@tideway/plan-review/browser'
import type { Browser, Page } from 'playwright-core'
import { report } from '../src/console/page'
import { Console } from '../src/console/server'
import { Session, type Stage } from '../src/console/session'
import type { ConsoleState } from '../src/console/state'
import { Synthesized } from '../src/delivery/synthesized'
import { SimulatedCloud } from '../src/simulated-cloud'
import { sampleDeployment, sampleRuns } from './console-sources'
import { synthesizeCompute } from './synthesize'

// `npm test` runs these in a real browser, and reports if none is installed.
const folder = mkdtempSync(join(tmpdir(), 'tideway-console-'))
let browser: Browser
let cloud: SimulatedCloud
let session: Session
let running: Promise<void>
let deployedResources = 180

/** A simulation with every part of the console. */
async function stageOf(phase: Stage['phase']): Promise<Stage> {
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const deployment = () => sampleDeployment(deployedResources)
  return { simulation, stacks: await cloud.stacks(), phase, sources: { ...sampleRuns, deployment } }
}

beforeAll(async () => {
  const synthesized = new Synthesized({ compute: synthesizeCompute(folder) })
  cloud = await SimulatedCloud.start(() => synthesized)
  session = new Session(await stageOf('synthesized'))
  cloud.gateway.handleBrowser = new Console(session).handle
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

const errors: string[] = []

async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  errors.length = 0
  const options = { viewport: { width, height: 900 }, colorScheme }
  const page = await monitoredPage(browser, errors, cloud.url, options)
  await page.goto(cloud.url)
  await page.locator('[data-service] canvas').first().waitFor()
  return page
}

const currentState = async () => (await (await fetch(`${cloud.url}/state`)).json()) as ConsoleState
const statusOf = (page: Page) => page.locator('#status')
const spot = 'FARGATE_SPOT'

describe.each([390, 1440])('the console at %d px', (width) => {
  it.each(['light', 'dark'] as const)('passes the checks of axe, in %s', async (scheme) => {
    const page = await open(width, scheme)
    await page.locator('#moment').press('ArrowLeft')
    await page.locator('#why').waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(errors).toEqual([])
    await page.close()
  })

  it('does not scroll horizontally, and shows every service', async () => {
    const page = await open(width)
    expect(await horizontalScrollOf(page)).toBe(0)
    const { services } = await currentState()
    expect(await page.locator('[data-service] h3').allTextContents()).toEqual(
      services.map(({ name }) => name),
    )
    await page.close()
  })
})

it('starts and ends a drought by keyboard, and standbys cover it within the two minutes of the notices', async () => {
  const page = await open(1440)
  const button = page.getByRole('button', { name: `Drought on ${spot}` })
  expect(await button.getAttribute('aria-pressed')).toBe('false')
  const before = (await currentState()).at
  await button.focus()
  await page.keyboard.press('Enter')
  await statusOf(page)
    .filter({ hasText: `Drought on ${spot}; standbys cover` })
    .waitFor()
  expect(await button.getAttribute('aria-pressed')).toBe('true')
  const { timeline, services } = await currentState()
  const since = timeline.filter(({ at }) => at >= before)
  const drought = since.find(({ text }) => text === `${spot} has no capacity`)
  const decision = since.find(({ kind }) => kind === 'decision')
  expect((decision?.at ?? Number.NaN) - (drought?.at ?? Number.NaN)).toBeLessThan(120)
  expect(decision?.text).toMatch(/standby.*0 → \d+ tasks: cover, interruption/)
  expect(services.map(({ longestLossSeconds }) => longestLossSeconds)).toEqual([0, 0])
  await page.locator('#timeline .decision').first().waitFor()
  await page.keyboard.press('Enter')
  await statusOf(page).filter({ hasText: 'Spot has capacity' }).waitFor()
  expect(errors).toEqual([])
  await page.close()
})

it('interrupts a task, releases, fails a zone and sets the speed', async () => {
  const page = await open(390)
  await page.getByLabel('Simulated clock').selectOption('300')
  await page.locator('#clock').filter({ hasText: '300 times real time' }).waitFor()
  await page.getByRole('button', { name: 'Interrupt one task' }).click()
  await page
    .locator('#timeline')
    .getByText(/one task of .* is interrupted/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Deploy a new revision' }).click()
  await page.locator('#timeline').getByText('a new revision of every service').first().waitFor()
  await page.getByRole('button', { name: 'Fail us-east-1a for 10 minutes' }).click()
  await page
    .locator('#timeline')
    .getByText('zone us-east-1a fails for 10 minutes')
    .first()
    .waitFor()
  expect(errors).toEqual([])
  await page.close()
})

it('shows a moment by keyboard, says why, and goes back to live', async () => {
  const page = await open(1440)
  const moment = page.locator('#moment')
  await moment.press('Home')
  await moment.press('ArrowRight')
  await page.locator('#why-facts').getByText('answered a second').waitFor()
  expect(await page.locator('#moment-text').textContent()).toBe('00:10')
  expect(await page.locator('.numbers').first().textContent()).not.toContain('standby')
  const decision = page.locator('#timeline button', { has: page.locator('.decision') }).last()
  await decision.focus()
  await page.keyboard.press('Enter')
  expect(await decision.getAttribute('aria-current')).toBe('true')
  const facts = await page.locator('#why-facts').textContent()
  expect(facts).toMatch(/Reasoncover.*Evidenceinterruption/)
  // The test before may have ended its drought in the very moment of the decision.
  const { timeline } = await currentState()
  const decidedAt = timeline.find(({ kind }) => kind === 'decision')?.at ?? 0
  const market = timeline.filter(({ kind, at }) => kind === 'market' && at <= decidedAt).at(-1)
  expect(market?.text).toMatch(/FARGATE_SPOT has (no capacity|capacity again)/)
  expect(facts).toContain(`Market${market?.text} (`)
  await page.keyboard.press('End')
  const oldest = (await currentState()).timeline[0]?.text ?? 'no entry'
  expect(await page.locator(':focus').textContent()).toContain(oldest)
  await page.getByRole('button', { name: 'Back to live' }).press('Enter')
  await page.locator('#moment-text').filter({ hasText: 'live' }).waitFor()
  expect(await page.locator('#why').isVisible()).toBe(false)
  expect(errors).toEqual([])
  await page.close()
})

it('announces that the market has moved onto the deployed stacks, without a reload, and keeps the drought and the focus', async () => {
  const page = await open(390)
  await page.evaluate('document.body.dataset.loaded = "once"')
  await page.locator('#deployment').getByText('waits for aws_rds_cluster.database').waitFor()
  const button = page.getByRole('button', { name: `Drought on ${spot}` })
  await button.press('Enter')
  await statusOf(page)
    .filter({ hasText: `Drought on ${spot}` })
    .waitFor()
  deployedResources = 353
  session.move(() => stageOf('deployed'))
  const announcement = page.locator('#phase[role=status]')
  await announcement.filter({ hasText: 'The market now runs on the deployed stacks' }).waitFor()
  await page.locator('#deployment-text').getByText('353 resources deployed in').waitFor()
  expect(await page.locator('#deployment').isVisible()).toBe(false)
  expect(await page.locator('body').getAttribute('data-loaded')).toBe('once')
  expect((await currentState()).droughts).toEqual([spot])
  expect(await page.locator(':focus').textContent()).toBe(`Drought on ${spot}`)
  expect(errors).toEqual([])
  await page.close()
})

it('a report shows the state without a server and without controls', async () => {
  const file = join(folder, 'report.html')
  writeFileSync(file, report(session.state()))
  errors.length = 0
  const options = { viewport: { width: 390, height: 900 } }
  const page = await monitoredPage(browser, errors, 'file:', options)
  await page.goto(`file://${file}`)
  await page.locator('[data-service] canvas').first().waitFor()
  expect(await page.locator('[data-service] h3').count()).toBe(session.state().services.length)
  expect(await page.locator('#timeline li').count()).toBeGreaterThan(0)
  expect(await page.getByRole('button', { name: 'Drought' }).count()).toBe(0)
  await page.locator('#timeline button').first().click()
  await page.locator('#why-facts').getByText('tideway-local-api').first().waitFor()
  expect(errors).toEqual([])
  await page.close()
})

it('rejects actions from other sites', async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${cloud.url}/act`, { method: 'POST', headers, body: '{"kind":"interrupt"}' })
  expect((await post({ origin: 'http://example.com' })).status).toBe(403)
  expect((await post({})).status).toBe(403)
  expect((await post({ origin: cloud.url })).status).toBe(204)
})

it('rejects an invalid action with the reason', async () => {
  const act = async (action: object) => {
    const headers = { origin: cloud.url }
    const response = await fetch(`${cloud.url}/act`, {
      method: 'POST',
      headers,
      body: JSON.stringify(action),
    })
    return [response.status, await response.text()]
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
    'kind: must be one of drought, interrupt, interrupt-all, break-zone, release, run, speed, load, behaviour; got sing\n',
  ])
})
