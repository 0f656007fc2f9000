-- Of a page of objects 15 % stay free instead of 30 %: idle objects take less (`npm run bench -- W7`), and updates still
-- find room in their page (test/postgres/hot-update). Pages that are full already change as their rows are written.
alter table objects set (fillfactor = 85);
