// The symbols of the page, drawn once and used by reference. Every state has a shape of its own, so that
// nothing is said by colour alone. Colours come from the style sheet through currentColor.
#pragma once

#include "agent/page/html.hpp"

namespace sereno {

// i-*: states of subjects and deliveries, 24 x 24. r-*: rungs of the ladder, 20 x 20.
inline constexpr Markup sprite =
    R"svg(<svg class="sprite" aria-hidden="true" focusable="false" width="0" height="0">
<symbol id="i-mark" viewBox="0 0 24 24"><path d="M9 5.2a3 3 0 0 1 6 0M8 8h8l1.4 10.2H6.6zM6 20.6h12M10 5.4h4L15.6 8H8.4z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/><path d="M12 10.4c1.5 1.6 2 2.5 2 3.5a2 2 0 0 1-4 0c0-1 .5-1.9 2-3.5z" class="flame"/></symbol>
<symbol id="i-lantern" viewBox="0 0 120 140"><g fill="currentColor"><circle cx="60" cy="78" r="60" opacity=".07"/><circle cx="60" cy="78" r="46" opacity=".09"/><circle cx="60" cy="79" r="32" opacity=".13"/></g><g fill="none" class="frame" stroke-linecap="round" stroke-linejoin="round"><path d="M44 24a16 16 0 0 1 32 0" stroke-width="3.5"/><path d="M50 26h20l9 14H41z" stroke-width="3.5" class="metal"/><path d="M39 42h42l7 58H32z" stroke-width="3.5" class="glass"/><path d="M53 44l-4 54M67 44l4 54" stroke-width="1.5" opacity=".45"/><path d="M28 104h64l4 10H24z" stroke-width="3.5" class="metal"/></g><path d="M60 58c9 10 12.500 16.500 12.500 23.500a12.500 12.500 0 0 1-25 0c0-7 3.500-13.500 12.500-23.500z" fill="currentColor"/><path d="M60 75c4 5 5.500 8 5.500 11a5.500 5.500 0 0 1-11 0c0-3 1.500-6 5.500-11z" class="heart"/></symbol>
<symbol id="i-well" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10" fill="currentColor"/><path d="M7.500 12.400l3 3 6-6.600" class="cut"/></symbol>
<symbol id="i-unknown" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.200 2.450"/><path d="M8 12h.01M12 12h.01M16 12h.01" fill="none" stroke="currentColor" stroke-width="2.400" stroke-linecap="round"/></symbol>
<symbol id="i-watch" viewBox="0 0 24 24"><path d="M12 1.600L22.400 12 12 22.400 1.600 12z" fill="currentColor"/><path d="M6.800 12c2.800-4 7.600-4 10.400 0-2.800 4-7.600 4-10.400 0z" class="cut thin"/><circle cx="12" cy="12" r="1.600" class="dot"/></symbol>
<symbol id="i-app" viewBox="0 0 24 24"><rect x="2" y="2" width="20" height="20" rx="5" fill="currentColor"/><path d="M16.800 12a4.800 4.800 0 1 1-1.500-3.500M15.600 5.600v3.200h-3.200" class="cut"/></symbol>
<symbol id="i-outage" viewBox="0 0 24 24"><path d="M12 2.200L23 21.400H1z" fill="currentColor" stroke="currentColor" stroke-width="1.500" stroke-linejoin="round"/><path d="M12 9.200v5.400M12 17.900v.01" class="cut"/></symbol>
<symbol id="i-local" viewBox="0 0 24 24"><path d="M12 2.400L22.400 11v10.600H1.600V11z" fill="currentColor" stroke="currentColor" stroke-width="1.200" stroke-linejoin="round"/><path d="M9 12.200l6 6M15 12.200l-6 6" class="cut"/></symbol>
<symbol id="i-for" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.600"/><path d="M6.500 10h7M10 6.500v7" fill="none" stroke="currentColor" stroke-width="1.600" stroke-linecap="round"/></symbol>
<symbol id="i-against" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.600"/><path d="M6.500 10h7" fill="none" stroke="currentColor" stroke-width="1.600" stroke-linecap="round"/></symbol>
<symbol id="i-noted" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.600"/><circle cx="10" cy="10" r="1.800" fill="currentColor"/></symbol>
<symbol id="i-sent" viewBox="0 0 20 20"><path d="M2.500 10.500l4 4 4-5M9 13.500l1 1 7.500-9" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-waiting" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7.500" fill="none" stroke="currentColor" stroke-width="1.800"/><path d="M10 5.800V10l3 2" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/></symbol>
<symbol id="i-failed" viewBox="0 0 20 20"><path d="M10 2.500L18 17H2z" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linejoin="round"/><path d="M10 7.800v4M10 14.400v.01" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/></symbol>
<symbol id="i-quiet" viewBox="0 0 20 20"><path d="M16.800 12.300A7.200 7.200 0 0 1 7.700 3.200a7.200 7.200 0 1 0 9.100 9.100z" fill="none" stroke="currentColor" stroke-width="1.700" stroke-linejoin="round"/></symbol>
<symbol id="r-well" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="currentColor"/><path d="M6.400 10.300l2.500 2.500 4.800-5.300" class="cut"/></symbol>
<symbol id="r-partly" viewBox="0 0 20 20"><path d="M10 1.200L18.800 10 10 18.800 1.200 10z" class="paper" stroke="currentColor" stroke-width="1.800" stroke-linejoin="round"/><path d="M10 2.400V17.600L2.400 10z" fill="currentColor"/></symbol>
<symbol id="r-failing" viewBox="0 0 20 20"><path d="M6.300 1.500h7.400l4.800 4.800v7.400l-4.800 4.800H6.300l-4.800-4.800V6.300z" fill="currentColor"/><path d="M6.900 6.900l6.200 6.200M13.100 6.900l-6.200 6.200" class="cut"/></symbol>
<symbol id="r-unreached" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7.500" class="paper" stroke="currentColor" stroke-width="1.600" stroke-dasharray="2.400 2.310"/></symbol>
<symbol id="r-unknown" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7.500" class="paper" stroke="currentColor" stroke-width="1.600" stroke-dasharray="2.400 2.310"/><path d="M6.800 10h.01M10 10h.01M13.200 10h.01" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></symbol>
<symbol id="r-unused" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7.500" class="paper"/><path d="M5.500 10h9" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/></symbol>
</svg>)svg"_html;

}  // namespace sereno
