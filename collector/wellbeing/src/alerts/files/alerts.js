// Says on a page of alerts that something has changed since it was opened. Without it the page reads as well, and says what was so then.

const news = document.querySelector('[data-alerts-news]');

const events = new EventSource('/api/v1/alerts/events');
events.addEventListener('alerts', (event) => {
  // Against what the page was made of: the first event may come long after it, once quiet hours have ended.
  news.hidden = event.lastEventId === news.dataset.alertsNews;
});
