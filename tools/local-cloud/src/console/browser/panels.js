import { answered, sumOf } from './charts.js'
import { setStatus } from './controls.js'
import {
  byId,
  clock,
  count,
  dollars,
  duration,
  make,
  makeText,
  setText,
  syncChildren,
  syncRows,
  syncTexts,
} from './dom.js'
import { chosenMoment, history, lastAt } from './history.js'

const policyNames = {
  tideway: 'With Tideway',
  without: 'Without Tideway',
  'on-demand': 'All on demand',
}

/** One card for each service, with its charts. */
export function showServices({ services, loads }) {
  const hasRequests = loads.length > 0
  syncChildren(byId('services'), services, {
    keyOf: ({ name }) => `${name} ${hasRequests}`,
    create: ({ name }) => {
      const card = make('article', { className: 'card' }, makeText('h3', name))
      card.dataset.service = name
      if (hasRequests) {
        card.append(
          makeText('p', '', 'felt'),
          legend(['rate', 'requests a second'], ['slow', 'slower than 1 s'], ['failed', 'failed']),
          chart(`requests-${name}`),
        )
      }
      card.append(
        makeText('p', '', 'numbers'),
        legend(['desired', 'desired tasks'], ['spot', 'on Spot'], ['demand', 'on demand']),
        chart(`tasks-${name}`),
      )
      return card
    },
  })
  byId('felt').hidden = !hasRequests
}

function chart(id) {
  const element = make('div', { className: 'chart', id })
  element.setAttribute('role', 'img')
  return element
}

const legend = (...keys) =>
  make(
    'ul',
    { className: 'legend' },
    ...keys.map(([className, text]) => make('li', { className }, make('i'), text)),
  )

/** Everything that changes with the state, at the chosen moment. */
export function showPanels(current) {
  const moment = chosenMoment()
  const at = moment ?? current.at
  const { samples, requests, marks } = history()
  const mark = moment === undefined ? current : (lastAt(marks, moment) ?? marks[0] ?? current)
  const tasks = moment === undefined ? tasksOf(current) : (lastAt(samples, at)?.services ?? {})
  const felt = (moment === undefined ? requests.at(-1) : lastAt(requests, at))?.services ?? {}
  showHeader(current)
  showTiles(tasks, felt, mark)
  showPolicies(mark)
  showServiceNumbers(current, tasks, felt, moment)
  showCost(current)
  showProblems(current)
  showSchedules(current)
  showReleases(current)
  showDeployment(current)
}

const tasksOf = ({ services }) => Object.fromEntries(services.map((each) => [each.name, each]))

function showHeader({ at, speed, droughts, services, phase, programs, edge }) {
  const covered = services.filter(({ standby }) => standby > 0).map(({ name }) => name)
  setStatus(
    [
      droughts.length === 0 ? 'Spot has capacity' : `Drought on ${droughts.join(' and ')}`,
      covered.length === 0 ? 'no standby is needed' : `standbys cover ${covered.join(', ')}`,
    ].join('; '),
  )
  const place = phase === 'deployed' ? 'on the deployed stacks' : 'on the synthesized stacks'
  setText(byId('clock'), `${clock(at)} of simulated time, at ${speed} times real time, ${place}`)
  const parts = []
  if (edge !== undefined) parts.push(`The site: curl ${edge}/`)
  if (programs !== undefined) {
    const { kind, reason, requestsPerSample } = programs
    const sample = requestsPerSample > 1 ? `; 1 request in ${count(requestsPerSample)} is sent` : ''
    const what = kind === 'processes' ? 'Tasks are processes' : 'Tasks are stand-ins'
    parts.push(`${what}${reason === '' ? '' : `: ${reason}`}${sample}`)
  }
  byId('programs').hidden = parts.length === 0
  setText(byId('programs'), parts.join('. '))
}

function showTiles(tasks, felt, { comparison = [] }) {
  const serving = sumOf(tasks, 'serving')
  const desired = sumOf(tasks, 'desired')
  const tiles = [
    ['Tasks that serve', `${serving} of ${desired}`, serving < desired ? 'bad' : ''],
    [
      'On Spot',
      desired === 0
        ? '0 %'
        : `${Math.round((sumOf(tasks, 'spot') / Math.max(serving, 1)) * 100)} %`,
      '',
    ],
  ]
  if (Object.keys(felt).length > 0) {
    const failed = sumOf(felt, 'failed')
    const slow = sumOf(felt, 'slow')
    tiles.unshift(
      ['Answered a second', count(answered(felt)), ''],
      ['Failed a second', count(failed), failed > 0 ? 'bad' : ''],
      ['Slow a second', count(slow), slow > 0 ? 'warning' : ''],
    )
  }
  const saved = savedOf(comparison)
  if (saved !== undefined) {
    tiles.push(['Saved so far', `${saved.percent} %, ${dollars(saved.dollars)}`, 'good'])
  }
  syncChildren(byId('tiles'), tiles, {
    keyOf: ([name]) => name,
    create: ([name]) => make('div', {}, makeText('dt', name), make('dd')),
    update: ({ lastChild }, [, text, className]) => {
      setText(lastChild, text)
      if (lastChild.className !== className) lastChild.className = className
    },
  })
}

/** Compared with On-Demand capacity for everything. */
function savedOf(comparison) {
  const costOf = (policy) => comparison.find((each) => each.policy === policy)?.dollars
  const [own, onDemand] = [costOf('tideway'), costOf('on-demand')]
  if (own === undefined || !(onDemand > 0)) return undefined
  const saved = onDemand - own
  return { dollars: saved, percent: Math.round((saved / onDemand) * 100) }
}

function showPolicies({ comparison = [] }) {
  byId('policies').hidden = comparison.length === 0
  syncRows(
    byId('policy-rows'),
    comparison.map(({ policy, failed, longestLossSeconds, dollars: cost }) => [
      policyNames[policy],
      count(failed),
      duration(longestLossSeconds),
      dollars(cost),
    ]),
  )
  for (const [index, { policy, failed }] of comparison.entries()) {
    const row = byId('policy-rows').children[index]
    row.className = policy
    row.children[1].className = failed > 0 ? 'bad' : ''
  }
  const text = comparison
    .map(
      ({ policy, failed, requests }) =>
        `${policyNames[policy]}: ${count(failed)} of ${count(requests)} failed`,
    )
    .join('; ')
  byId('policy-failed').ariaLabel = `Failed requests a second over time. Since the start: ${text}.`
  const losses = comparison
    .map((each) => `${policyNames[each.policy]}: ${duration(each.longestLossSeconds)}`)
    .join('; ')
  byId('policy-serving').ariaLabel = `Tasks that serve over time. Longest loss of tasks: ${losses}.`
}

function showServiceNumbers({ services }, tasks, felt, moment) {
  for (const { name, standby } of services) {
    const card = byId(`tasks-${name}`)?.parentElement
    if (card === undefined) continue
    const { desired = 0, serving = 0, spot = 0, onDemand = 0 } = tasks[name] ?? {}
    const standbys = moment === undefined ? `; desired standby tasks: ${standby}` : ''
    const text = `${serving} of ${desired} tasks serve: ${spot} on Spot, ${onDemand} on demand${standbys}`
    setText(card.querySelector('.numbers'), text)
    byId(`tasks-${name}`).ariaLabel = `Tasks of ${name} over time. Now ${text}.`
    const line = card.querySelector('.felt')
    if (line === null) continue
    const { rate = 0, failed = 0, slow = 0 } = felt[name] ?? {}
    const rates = `${count(rate)} requests a second: ${count(failed)} failed, ${count(slow)} slow`
    setText(line, rates)
    byId(`requests-${name}`).ariaLabel = `Requests of ${name} over time. Now ${rates}.`
  }
}

function showCost({ services }) {
  syncRows(
    byId('cost'),
    services.map(({ name, relativeCost, longestLossSeconds }) => [
      name,
      relativeCost.toFixed(2),
      duration(longestLossSeconds),
    ]),
  )
}

function showProblems({ problems, failures }) {
  byId('problems').hidden = problems.length === 0
  syncTexts(
    byId('problems').querySelector('ul'),
    'li',
    problems.map(
      ({ part, message, count: times, lastAt, isPast }) =>
        `${isPast ? `Past, last at ${clock(lastAt)}: ` : ''}${part}: ${message}${times > 1 ? ` (${count(times)} such problems)` : ''}`,
    ),
  )
  for (const [index, { isPast }] of problems.entries()) {
    byId('problems').querySelector('ul').children[index].className = isPast ? 'soft' : ''
  }
  byId('failures').hidden = failures.length === 0
  syncRows(
    byId('failure-rows'),
    failures.map(({ service, cause, count: times }) => [`${service}: ${cause}`, count(times)]),
  )
}

/** A line for each schedule, those whose last run failed first. Its runs are folded. */
function showSchedules({ schedules }) {
  byId('schedules').hidden = schedules.length === 0
  const hasFailed = ({ executions }) => isFailed(executions[0]?.status)
  syncChildren(byId('schedule-rows'), schedules.toSorted(byFailure(hasFailed)), {
    keyOf: ({ name }) => name,
    create: ({ name, expression }) =>
      make(
        'details',
        {},
        make('summary', {}, `${name} `, makeText('code', expression), make('span')),
        make('ul'),
      ),
    update: ({ firstChild, lastChild }, { nextAt, executions }) => {
      const [last] = executions
      const next = nextAt === undefined ? 'no further run' : `next at ${clock(nextAt)}`
      setText(
        firstChild.lastChild,
        `${next}; ${last === undefined ? 'no run yet' : `last ${runText(last)}`}`,
      )
      firstChild.lastChild.className = isFailed(last?.status) ? 'bad' : 'soft'
      const runs = executions.toSorted(byFailure(({ status }) => isFailed(status)))
      syncTexts(
        lastChild,
        'li',
        runs.map((run) => `${runText(run)}: ${run.states.join(' → ')}`),
      )
    },
  })
}

const isFailed = (status = 'SUCCEEDED') => status !== 'SUCCEEDED' && status !== 'RUNNING'
const byFailure = (hasFailed) => (one, other) => Number(hasFailed(other)) - Number(hasFailed(one))

const runText = ({ at, endedAt, status }) =>
  `run at ${clock(at)} ${endedAt === undefined ? 'is running' : `${status.toLowerCase().replaceAll('_', ' ')} after ${duration(endedAt - at)}`}`

function showReleases({ releases }) {
  byId('releases').hidden = releases.length === 0
  syncRows(
    byId('release-rows'),
    releases.map(({ service, state, percent, detail }) => [
      service,
      state,
      `${Math.round(percent)} % of requests on the new revision`,
      detail,
    ]),
  )
}

/** A panel in the meantime, one line at the end. */
function showDeployment({ deployment }) {
  const isShown = deployment !== undefined
  byId('deployment').hidden = !isShown || deployment.status === 'deployed'
  byId('deployment-text').hidden = !isShown
  if (!isShown) return
  const { stacks, seconds, status, error, criticalPath } = deployment
  const total = (name) => stacks.reduce((all, each) => all + each[name], 0)
  const [done, all] = [count(total('done')), count(total('all'))]
  const texts = {
    deployed: `${all} resources deployed in ${duration(seconds)}.`,
    failed: `The deployment failed: ${error ?? 'see the terminal'}`,
    'in progress': `Terraform deploys beside this: ${done} of ${all} resources, ${duration(seconds)}`,
  }
  setText(byId('deployment-text'), texts[status])
  byId('deployment-text').className = status === 'failed' ? 'bad' : 'soft'
  if (status === 'deployed') return
  syncChildren(byId('deployment-stacks'), stacks, {
    keyOf: ({ name }) => name,
    create: ({ name }) =>
      make(
        'li',
        {},
        makeText('span', name),
        make('progress', { ariaLabel: `Resources of ${name}` }),
        make('span'),
        makeText('span', '', 'soft'),
      ),
    update: (row, { status: state, seconds: elapsed, waitsFor, ...progress }) => {
      const [, bar, numbers, waits] = row.children
      bar.max = Math.max(progress.all, 1)
      bar.value = state === 'deployed' || state === 'unchanged' ? bar.max : progress.done
      const time = elapsed > 0 ? `, ${duration(elapsed)}` : ''
      setText(
        numbers,
        state === 'in progress' ? `${progress.done} of ${progress.all}${time}` : `${state}${time}`,
      )
      const names = waitsFor
        .slice(0, 3)
        .map(({ address, seconds: waited }) => `${address} ${duration(waited)}`)
      setText(waits, names.length === 0 ? '' : `waits for ${names.join(', ')}`)
    },
  })
  byId('critical-path').hidden = criticalPath.length === 0
  syncTexts(
    byId('critical-path').querySelector('ol'),
    'li',
    criticalPath.map(
      ({ address, seconds: waited, isDone }) =>
        `${address} ${isDone ? `took ${duration(waited)}` : waited > 0 ? `${duration(waited)} so far` : 'to come'}`,
    ),
  )
}
