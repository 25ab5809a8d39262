import { byId, make, makeText, setText, syncChildren } from './dom.js'

/** Screen readers announce the status, so it is set only when it changes. */
export const setStatus = (text) => setText(byId('status'), text)

async function act(action) {
  const response = await fetch('/act', { method: 'POST', body: JSON.stringify(action) })
  if (!response.ok) setStatus(await response.text())
}

const words = (value) => value.replaceAll('-', ' ')

/** The controls keep their elements, and so the focus, when the state changes. */
export function showControls(state) {
  const { spotProviders, zones, brokenZoneMinutes, speeds, loads, behaviours } = state
  syncButtons('market-buttons', [
    ...spotProviders.map((provider) => ({
      text: `Drought on ${provider}`,
      provider,
      action: (button) => ({ kind: 'drought', provider, on: button.ariaPressed !== 'true' }),
    })),
    { text: 'Interrupt one task', action: () => ({ kind: 'interrupt' }) },
    { text: 'Interrupt all Spot tasks', action: () => ({ kind: 'interrupt-all' }) },
    ...zones.map((zone) => ({
      text: `Fail ${zone} for ${brokenZoneMinutes} minutes`,
      action: () => ({ kind: 'break-zone', zone }),
    })),
  ])
  syncButtons('release-buttons', [
    { text: 'Deploy a new revision', action: () => ({ kind: 'release', isBroken: false }) },
    { text: 'Deploy a broken revision', action: () => ({ kind: 'release', isBroken: true }) },
    { text: 'Start the scheduled services', action: () => ({ kind: 'run', isFailing: false }) },
    { text: 'Start them so that they fail', action: () => ({ kind: 'run', isFailing: true }) },
  ])
  syncChildren(
    byId('settings'),
    [
      {
        id: 'speed',
        label: 'Simulated clock',
        options: speeds.map((each) => [each, `${each} times real time`]),
        action: (value) => ({ kind: 'speed', speed: Number(value) }),
      },
      {
        id: 'load',
        label: 'Load',
        options: loads.map((each) => [each, `${each} requests a second`]),
        action: (value) => ({ kind: 'load', requestsPerSecond: Number(value) }),
      },
      {
        id: 'behaviour',
        label: 'Applications at a notice',
        options: behaviours.map((each) => [each, words(each)]),
        action: (behaviour) => ({ kind: 'behaviour', behaviour }),
      },
    ].filter(({ options }) => options.length > 0),
    { keyOf: ({ id }) => id, create: makeChoice },
  )
}

function syncButtons(id, buttons) {
  syncChildren(byId(id), buttons, {
    keyOf: ({ text }) => text,
    create: ({ text, provider, action }) => {
      const button = make('button', { type: 'button', textContent: text })
      button.addEventListener('click', () => act(action(button)))
      if (provider !== undefined) {
        button.dataset.provider = provider
        button.ariaPressed = 'false'
      }
      return button
    },
  })
}

function makeChoice({ id, label, options, action }) {
  const choice = make(
    'select',
    { id },
    ...options.map(([value, textContent]) => make('option', { value: String(value), textContent })),
  )
  choice.addEventListener('change', () => act(action(choice.value)))
  return make('label', {}, label, choice)
}

/** Shows what is set now, which another page may have changed. */
export function updateControls({ droughts, speed, load, behaviour }) {
  for (const button of document.querySelectorAll('[data-provider]')) {
    button.ariaPressed = String(droughts.includes(button.dataset.provider))
  }
  for (const [id, value] of Object.entries({ speed, load, behaviour })) {
    const choice = byId(id)
    if (choice === null || choice === document.activeElement) continue
    const text = String(value)
    // A load from the command line may be none of the choices.
    if (![...choice.options].some((option) => option.value === text)) {
      choice.append(make('option', { value: text, textContent: `${text} requests a second` }))
    }
    choice.value = text
  }
}

export function showStacks({ stacks }) {
  syncChildren(byId('stacks'), stacks, {
    keyOf: ({ name, addresses }) => `${name} ${addresses.length}`,
    create: ({ name, addresses }) => {
      const counts = {}
      for (const address of addresses) {
        const [type] = address.split('.')
        counts[type] = (counts[type] ?? 0) + 1
      }
      const rows = Object.entries(counts).sort(([, one], [, other]) => other - one)
      return make(
        'details',
        { className: 'card' },
        makeText('summary', `${name}: ${addresses.length} resources`),
        make(
          'ul',
          {},
          ...rows.map(([type, count]) => make('li', {}, makeText('code', type), ` ${count}`)),
        ),
      )
    },
  })
}
