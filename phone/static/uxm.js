/* Live pages and uploads. All works without this; with it nobody has to reload. */
'use strict';

(() => {
	const least = 400; /* milliseconds between two looks at the server */
	const pause = 5000; /* until a stream that was refused is asked for again */
	let last = 0;
	let timer = null;
	let busy = false;
	let locked = false; /* the password is not known any more */
	let again = false;
	let uploading = null; /* what stops the upload */
	let started = null;   /* of which upload the update runs */
	const sent = new WeakMap(); /* what the server sent for an element, before scripts changed it */

	const token = () => document.querySelector('input[name=token]')?.value ?? '';

	/* Puts the server's newest picture into what changes by itself. What is as it was stays, so
	 * that what is being typed or read out is not disturbed; where data-live has a value, that
	 * alone says whether it is. */
	const show = (text) => {
		const fresh = new DOMParser().parseFromString(text, 'text/html');
		for (const old of document.querySelectorAll('[data-live]')) {
			const part = fresh.getElementById(old.id);
			const was = old.dataset.live || sent.get(old) || old.innerHTML;
			if (!part || was === (part.dataset.live || part.innerHTML))
				continue;
			sent.set(old, part.innerHTML);
			old.dataset.live = part.dataset.live;
			old.replaceChildren(...document.adoptNode(part).childNodes);
		}
		/* It is another one after uxmd was started again. */
		const value = fresh.querySelector('input[name=token]')?.value;
		for (const input of document.querySelectorAll('input[name=token]'))
			input.value = value ?? input.value;
	};

	const look = async () => {
		timer = null;
		if (busy) {
			again = true;
			return;
		}
		busy = true;
		last = Date.now();
		try {
			const response = await fetch(location.pathname, {cache: 'no-store'});
			locked = response.status === 401;
			if (response.ok)
				show(await response.text());
		} catch {
			/* The stream says when the phone is there again. */
		}
		busy = false;
		if (again) {
			again = false;
			soon();
		}
	};

	const soon = () => {
		if (timer === null)
			timer = setTimeout(look, Math.max(0, last + least - Date.now()));
	};

	let stream = null;
	let later = null;

	const watch = () => {
		later = null;
		stream = new EventSource('events');
		stream.onmessage = (event) => {
			const phase = JSON.parse(event.data).update.phase;
			/* The end may still be that of the update before. */
			if (phase === 'running')
				started = uploading;
			else if (uploading && phase === 'ended' && started === uploading)
				uploading.abort();
			soon();
		};
		/* A browser asks again by itself where the connection broke, and gives up for ever where
		 * it was refused. Then the page is looked at now and then. */
		stream.onerror = () => {
			if (stream.readyState === EventSource.CLOSED)
				retry();
		};
	};

	const unwatch = () => {
		clearTimeout(later);
		later = null;
		stream?.close();
		stream = null;
	};

	const retry = async () => {
		unwatch();
		await look();
		/* Who is not known is asked for a password when the page is looked at, not every time. */
		if (!locked && !document.hidden && stream === null)
			later = setTimeout(watch, pause);
	};

	if (document.querySelector('[data-live]')) {
		if (!document.hidden)
			watch();
		/* A browser has few connections for all of a phone's pages. */
		document.addEventListener('visibilitychange', () => {
			if (document.hidden && !uploading) {
				unwatch();
			} else if (!document.hidden && stream === null) {
				unwatch();
				watch();
				soon();
			}
		});
	}

	const say = (text) => {
		let line = document.getElementById('alert');
		if (!line) {
			line = document.createElement('p');
			line.id = 'alert';
			line.className = 'bad';
			line.setAttribute('role', 'alert');
			document.getElementById('said').before(line);
		}
		line.textContent = text;
	};

	const upload = async (form) => {
		const file = form.elements.file.files[0];
		const query = new URLSearchParams({name: file.name});
		for (const box of ['override', 'older']) {
			if (form.elements[box].checked)
				query.set(box, 'on');
		}
		say('');
		uploading = new AbortController();
		try {
			const response = await fetch('upload?' + query, {
				method: 'POST', body: file, signal: uploading.signal,
				headers: {'X-Uxm-Token': token(), 'Content-Type': 'application/octet-stream'}});
			/* Of an update that has begun the page says how it went. */
			if (!response.ok && started !== uploading)
				say((await response.json()).text);
		} catch (error) {
			/* Where the update ended first, the page says how. */
			if (error.name !== 'AbortError')
				say('The file could not be sent. Check the connection and try again.');
		}
		uploading = null;
		soon();
	};

	document.addEventListener('submit', (event) => {
		const form = event.target;
		if (!form.querySelector('[data-upload]') || uploading)
			return;
		event.preventDefault();
		upload(form);
	});

	/* Leaving the page cancels what it uploads. */
	addEventListener('pagehide', () => {
		if (uploading)
			navigator.sendBeacon('update.htm', new URLSearchParams({do: 'cancel', token: token()}));
	});
})();
