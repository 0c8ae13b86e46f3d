"""The preset dictionary of the wire: what zlib has seen before the first byte of a batch, so that a single contact is small.

It holds names and words of the format, nobody's contacts. Its Adler-32 stands in each packed body (RFC 1950), so that a
station knows which dictionary a body was packed with. This one never changes: another would be DICTIONARY_2.
"""

DICTIONARY_1 = (
    b". Asked about Explained Told Demo: on the street with the vacation check parking trailer porch l"
    b'ights block watch speeding homeless shopping school neighbors graffiti fireworks traffic "undo",'
    b'"mistake","stop","duplicate","tag":["1","12","123","20","200","30","300"],"withdrawal","contact"'
    b',"withdraws","corrects","unit":"A","volunteer","desk","deputy","em","pm","day","counter","call",'
    b'"obs","counter-report","other","station-event","community-group","block-watch","coffee-shop","bu'
    b'siness-owner","resident-outside","0400","0440","0450","0451","0452","0453","0454","0455","0460",'
    b'"0470","0480","steps":true,"from":true,"ints":[1,1,1,1,1,1,1,1,1],"times":[0,0,0,0,0,0,-300000,-'
    b'600000,-900000],{"wire":1,"app":"0.1.0","sent_at":"2026-12-","monotonic_ms":1,"boot":"","sequenc'
    b'e_last":1,"ready":1,"epoch":"","receipt_last":1,"news":0,"records":{"count":1,"shapes":[["boot",'
    b'"device","entered_at","hash","id","kind","monotonic_ms","person","reason","schema","sequence","w'
    b'ithdraws"]],"columns":{"boot":[""],"device":[""],"entered_at":{"times":[1]},"hash":[""],"id":[""'
    b'],"kind":["withdrawal"],"monotonic_ms":[1],"person":["1"],"reason":["undo"],"schema":[1],"sequen'
    b'ce":[48],"withdraws":[""]}}}{"wire":1,"app":"0.1.0","sent_at":"2026-12-","monotonic_ms":1,"boot"'
    b':"","sequence_last":1,"ready":1,"epoch":"","receipt_last":1,"news":0,"records":{"count":1,"shape'
    b's":[["boot","cards","claimed_at","device","entered_at","hash","id","kind","minutes","monotonic_m'
    b's","people","person","role","schema","sequence","setting","source","unit","watch"]],"columns":{"'
    b'boot":[""],"cards":[2],"claimed_at":{"times":[1]},"device":[""],"entered_at":{"times":[1]},"hash'
    b'":[""],"id":[""],"kind":["contact"],"minutes":[5],"monotonic_ms":[1],"people":[4],"person":["1"]'
    b',"role":["deputy"],"schema":[1],"sequence":[1],"setting":["resident-outside"],"source":["obs"],"'
    b'unit":["42A"],"watch":["day"]}}}{"wire":1,"app":"0.1.0","sent_at":"2026-12-","monotonic_ms":1,"b'
    b'oot":"","sequence_last":1,"ready":1,"epoch":"","receipt_last":1,"news":0,"records":{"count":8,"s'
    b'hapes":[["boot","cards","claimed_at","device","entered_at","hash","id","kind","monotonic_ms","no'
    b'te","people","person","rd","role","schema","sequence","setting","source","unit","watch"],["boot"'
    b',"cards","claimed_at","device","entered_at","hash","id","kind","minutes","monotonic_ms","note","'
    b'people","person","rd","role","schema","sequence","setting","source","unit","watch"],["boot","car'
    b'ds","claimed_at","device","entered_at","hash","id","kind","minutes","monotonic_ms","people","per'
    b'son","rd","role","schema","sequence","setting","source","unit","watch"],["boot","device","entere'
    b'd_at","hash","id","kind","monotonic_ms","person","reason","schema","sequence","withdraws"],["boo'
    b't","cards","claimed_at","device","entered_at","hash","id","kind","minutes","monotonic_ms","note"'
    b',"people","person","rd","role","schema","sequence","setting","source","tag","unit","watch"]],"co'
    b'lumns":{"boot":{"all":""},"cards":[3,1,3,3,1,2,4],"claimed_at":{"times":[0,0,0,0,0,0,-1],"from":'
    b'true},"device":{"all":""},"entered_at":{"times":[1,1,1,1,1,1,1,1],"steps":true},"hash":{"hex":""'
    b',"bytes":16},"id":{"uuids":[0,0,0,0,0,0,0,0],"rest":"","from":true},"kind":["contact","contact",'
    b'"contact","withdrawal","contact","contact","contact","contact"],"minutes":[5,15,15,15,10,5],"mon'
    b'otonic_ms":{"ints":[-1,-1,1,-1,1,1,0,0],"from":true,"steps":true},"note":["Asked about porch lig'
    b'hts","Vacation check explained","Parked trailer on the street","Asked about porch lights"],"peop'
    b'le":[3,3,4,3,2,2,2],"person":{"all":"1"},"rd":["0462","0451","0462","0451","0440","0440","0454"]'
    b',"reason":["undo"],"role":{"all":"deputy"},"schema":{"all":1},"sequence":[1,2,3,4,5,6,7,8],"sett'
    b'ing":["resident-outside","coffee-shop","business-owner","station-event","block-watch","block-wat'
    b'ch","resident-outside"],"source":["obs","obs","obs","obs","call","obs","obs"],"tag":["40"],"unit'
    b'":{"all":"42A"},"watch":{"all":"day"},"withdraws":[""]},"of":[0,1,2,3,2,4,2,1]}}'
)
