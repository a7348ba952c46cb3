import { fetchDresses, requestAppointment, untilConfirmed } from './api.js'

const list = document.querySelector('#dresses')
const form = document.querySelector('#appointment')
const outcome = document.querySelector('#outcome')
const euros = new Intl.NumberFormat('es-ES', { style: 'currency', currency: 'EUR' })

function element(name, text, properties = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...properties })
}

function choose(dress) {
  form.elements.dress.value = dress.slug
  document.querySelector('#chosen').textContent = dress.name
  outcome.textContent = ''
  form.hidden = false
  form.elements.name.focus()
}

function describe(dress) {
  const item = element('li', '')
  if (dress.photo !== null) item.append(element('img', '', { src: dress.photo, alt: '' }))
  const button = element('button', 'Pedir cita', { type: 'button', onclick: () => choose(dress) })
  item.append(element('h2', dress.name), element('p', dress.description), element('p', euros.format(dress.price)), button)
  return item
}

async function show() {
  const dresses = await fetchDresses()
  list.replaceChildren(...dresses.map(describe))
  if (dresses.length === 0) list.append(element('li', 'El catálogo está vacío.'))
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  outcome.textContent = 'Enviando…'
  try {
    const { id } = await requestAppointment(Object.fromEntries(new FormData(form)))
    outcome.textContent = (await untilConfirmed(id))
      ? 'Cita confirmada. Le hemos enviado un correo.'
      : 'Hemos recibido su cita y la confirmaremos por correo.'
  } catch (error) {
    outcome.textContent = error.message
  }
})

show().catch(() => list.replaceChildren(element('li', 'El catálogo no está disponible en este momento.')))
